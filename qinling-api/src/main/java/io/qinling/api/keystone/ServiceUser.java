// SPDX-License-Identifier: Apache-2.0
package io.qinling.api.keystone;

import static java.util.Objects.requireNonNull;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.qinling.api.http.Json;

/**
 * The user that the service is in Keystone.
 *
 * @param project what its tokens are for
 */
public record ServiceUser(Named user, String password, Named project) {
  public ServiceUser {
    requireNonNull(user, "user");
    requireNonNull(password, "password");
    requireNonNull(project, "project");
  }

  /**
   * A user or project. One of {@code id} and {@code name} is null; a name comes with one of the id
   * and the name of its domain.
   */
  public record Named(String id, String name, String domainId, String domainName) {
    public Named {
      if (id == null) {
        requireNonNull(name, "name");
        if (domainId == null && domainName == null) {
          throw new IllegalArgumentException("a name needs a domain");
        }
      }
    }

    @Override
    public String toString() {
      return id != null ? id : name + "@" + (domainId != null ? domainId : domainName);
    }

    private ObjectNode json() {
      var json = Json.MAPPER.createObjectNode();
      if (id != null) {
        return json.put("id", id);
      }
      json.put("name", name);
      if (domainId != null) {
        json.putObject("domain").put("id", domainId);
      } else {
        json.putObject("domain").put("name", domainName);
      }
      return json;
    }
  }

  /** What to send for a token of the service's project. */
  ObjectNode forProject() {
    var request = identified();
    request.withObject("/auth/scope").set("project", project.json());
    return request;
  }

  /** What to send for a token with which the service is who made the trust. */
  ObjectNode forTrust(String trustId) {
    var request = identified();
    request.withObject("/auth/scope").putObject("OS-TRUST:trust").put("id", trustId);
    return request;
  }

  private ObjectNode identified() {
    var request = Json.MAPPER.createObjectNode();
    var identity = request.putObject("auth").putObject("identity");
    identity.putArray("methods").add("password");
    var credentials = user.json().put("password", password);
    identity.putObject("password").set("user", credentials);
    return request;
  }

  @Override
  public String toString() {
    return user + " of project " + project;
  }
}
