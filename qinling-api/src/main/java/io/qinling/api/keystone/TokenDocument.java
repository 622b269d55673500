// SPDX-License-Identifier: Apache-2.0
package io.qinling.api.keystone;

import com.fasterxml.jackson.databind.JsonNode;
import io.qinling.api.identity.UserToken;
import java.io.IOException;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.stream.StreamSupport;
import org.jboss.logging.Logger;

/**
 * What Keystone says of a token: the member {@code token} of its answer.
 *
 * @param expiresAt from when on the token is not valid
 */
record TokenDocument(JsonNode json, String userId, Instant expiresAt) {
  private static final Logger LOG = Logger.getLogger(TokenDocument.class);
  private static final String NOT_KEYSTONE =
      "What answers is not Keystone: check [keystone_authtoken] auth_url";

  /**
   * Reads Keystone's answer.
   *
   * @throws io.qinling.error.QinlingException UNAVAILABLE when it is not Keystone that answers
   */
  static TokenDocument read(JsonNode answer) {
    var token = answer.path("token");
    try {
      return new TokenDocument(
          token,
          token.required("user").required("id").asText(),
          Instant.parse(token.path("expires_at").asText()));
    } catch (IllegalArgumentException | DateTimeException notKeystone) {
      LOG.error(NOT_KEYSTONE);
      throw KeystoneApi.unavailable(new IOException(NOT_KEYSTONE));
    }
  }

  Optional<String> projectId() {
    return text("/project/id");
  }

  UserToken of(String value) {
    return new UserToken(
        value,
        userId,
        text("/user/name"),
        text("/user/domain/id"),
        projectId(),
        text("/project/name"),
        text("/project/domain/id"),
        text("/project/domain/name"),
        text("/domain/id"),
        json.at("/system/all").asBoolean() ? Optional.of("all") : Optional.empty(),
        ofRoles("name"),
        ofRoles("id"),
        json.path("is_admin_project").asBoolean(true),
        expiresAt,
        Optional.empty());
  }

  private List<String> ofRoles(String field) {
    return StreamSupport.stream(json.path("roles").spliterator(), false)
        .map(role -> role.path(field).asText())
        .toList();
  }

  private Optional<String> text(String pointer) {
    var found = json.at(pointer);
    return found.isTextual() ? Optional.of(found.asText()) : Optional.empty();
  }
}
