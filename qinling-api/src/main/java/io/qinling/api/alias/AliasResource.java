// SPDX-License-Identifier: Apache-2.0
package io.qinling.api.alias;

import com.fasterxml.jackson.core.JsonGenerator;
import io.qinling.api.http.Answers;
import io.qinling.api.http.Json;
import io.qinling.api.http.JsonBody;
import io.qinling.api.http.ProjectScope;
import io.qinling.api.http.Query;
import io.qinling.api.identity.Caller;
import io.qinling.api.identity.Callers;
import io.qinling.api.policy.Policy;
import io.qinling.api.policy.PolicyRule;
import io.qinling.error.ErrorCode;
import io.qinling.error.QinlingException;
import io.smallrye.common.annotation.RunOnVirtualThread;
import io.vertx.ext.web.RoutingContext;
import jakarta.ws.rs.DELETE;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.HeaderParam;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.PUT;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.Response;
import jakarta.ws.rs.core.UriInfo;
import java.io.IOException;
import java.util.Optional;
import java.util.Set;

/** {@code /v1/aliases}. */
@Path("/v1/aliases")
@RunOnVirtualThread
public class AliasResource {
  private static final Set<String> SETTABLE =
      Set.of("id", "name", "function_id", "function_version", "description");
  private static final Set<String> READ_ONLY = Set.of("project_id", "created_at", "updated_at");
  private static final int COLUMN = 255;

  private final Aliases aliases;
  private final Policy policy;
  private final RoutingContext request;

  AliasResource(Aliases aliases, Policy policy, RoutingContext request) {
    this.aliases = aliases;
    this.policy = policy;
    this.request = request;
  }

  private Caller caller() {
    return Callers.of(request);
  }

  @GET
  public Response list(@Context UriInfo uri) {
    var query = Query.strict(uri, "all_projects", "project_id");
    var scope =
        ProjectScope.of(caller(), query, policy, PolicyRule.FUNCTION_ALIAS_GET_ALL_PROJECTS);
    return Answers.<AliasRecord>list(
        "function_aliases", sink -> aliases.forEach(scope, sink), AliasResource::write);
  }

  @POST
  public Response create(
      @Context UriInfo uri, @HeaderParam("Content-Type") String contentType, byte[] bytes) {
    Query.strict(uri);
    var body = JsonBody.parse(contentType, bytes, SETTABLE, READ_ONLY);
    var name = required(body.text("name", COLUMN));
    Aliases.requireAddressable(name);
    var given = change(body);
    required(given.functionId());
    var created = aliases.create(caller(), name, given);
    return Answers.created(json -> write(created, json));
  }

  private static String required(Optional<String> value) {
    return value.orElseThrow(() ->
        new QinlingException(
            ErrorCode.INVALID_INPUT,
            "Required param is missing. Required: {'name', 'function_id'}"));
  }

  private static Aliases.Change change(JsonBody body) {
    return new Aliases.Change(
        body.uuid("function_id"),
        body.version("function_version"),
        body.text("description", COLUMN));
  }

  @GET
  @Path("{name}")
  public Response get(@Context UriInfo uri, @PathParam("name") String name) {
    Query.strict(uri);
    var alias = aliases.get(caller(), name);
    return Answers.ok(json -> write(alias, json));
  }

  @PUT
  @Path("{name}")
  public Response update(
      @Context UriInfo uri,
      @PathParam("name") String name,
      @HeaderParam("Content-Type") String contentType,
      byte[] bytes) {
    Query.strict(uri);
    var body = JsonBody.parse(contentType, bytes, SETTABLE, READ_ONLY);
    body.text("name");
    body.text("id");
    var updated = aliases.update(caller(), name, change(body));
    return Answers.ok(json -> write(updated, json));
  }

  @DELETE
  @Path("{name}")
  public Response delete(@Context UriInfo uri, @PathParam("name") String name) {
    Query.strict(uri);
    aliases.delete(caller(), name);
    return Answers.noContent();
  }

  private static void write(AliasRecord alias, JsonGenerator json) throws IOException {
    json.writeStartObject();
    json.writeStringField("id", alias.id());
    json.writeStringField("name", alias.name());
    json.writeStringField("description", alias.description());
    json.writeStringField("function_id", alias.functionId());
    json.writeNumberField("function_version", alias.functionVersion());
    json.writeStringField("project_id", alias.projectId());
    json.writeStringField("created_at", Json.time(alias.createdAt()));
    json.writeStringField("updated_at", Json.time(alias.updatedAt()));
    json.writeEndObject();
  }
}
