// SPDX-License-Identifier: Apache-2.0
package io.qinling.api.execution;

import com.fasterxml.jackson.core.JsonGenerator;
import io.qinling.api.database.Condition;
import io.qinling.api.http.Answers;
import io.qinling.api.http.Json;
import io.qinling.api.http.JsonBody;
import io.qinling.api.http.ProjectScope;
import io.qinling.api.http.Query;
import io.qinling.api.http.Texts;
import io.qinling.api.identity.Caller;
import io.qinling.api.identity.Callers;
import io.qinling.api.policy.Policy;
import io.qinling.api.policy.PolicyRule;
import io.smallrye.common.annotation.RunOnVirtualThread;
import io.vertx.ext.web.RoutingContext;
import jakarta.ws.rs.DELETE;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.HeaderParam;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.Response;
import jakarta.ws.rs.core.UriInfo;
import java.io.IOException;
import java.util.List;
import java.util.Set;

/** {@code /v1/executions}. */
@Path("/v1/executions")
@RunOnVirtualThread
public class ExecutionResource {
  private static final Set<String> SETTABLE =
      Set.of(
          "id",
          "function_id",
          "function_version",
          "function_alias",
          "description",
          "sync",
          "input");
  private static final Set<String> READ_ONLY =
      Set.of(
          "status",
          "result",
          "project_id",
          "attempts",
          "max_attempts",
          "last_error",
          "created_at",
          "updated_at");
  private static final List<String> FILTERS = List.of("function_id", "status", "description");
  private static final int COLUMN = 255;

  private final Executions executions;
  private final Policy policy;
  private final RoutingContext request;

  ExecutionResource(Executions executions, Policy policy, RoutingContext request) {
    this.executions = executions;
    this.policy = policy;
    this.request = request;
  }

  private Caller caller() {
    return Callers.of(request);
  }

  @GET
  public Response list(@Context UriInfo uri) {
    var query =
        Query.strict(uri, "function_id", "status", "description", "project_id", "all_projects");
    var condition = ProjectScope.of(caller(), query, policy, PolicyRule.EXECUTION_GET_ALL_PROJECTS);
    for (var column : FILTERS) {
      var filter = query.text(column);
      if (filter.isPresent()) {
        condition = condition.and(Condition.filter(column, filter.get()));
      }
    }
    var all = condition;
    return Answers.<ExecutionRecord>list(
        "executions", sink -> executions.forEach(all, sink), this::write);
  }

  @POST
  public Response create(
      @Context UriInfo uri, @HeaderParam("Content-Type") String contentType, byte[] bytes) {
    long arrived = System.nanoTime();
    Query.strict(uri);
    var body = JsonBody.parse(contentType, bytes, SETTABLE, READ_ONLY);
    var wanted =
        new ExecutionRequest(
            body.text("id"),
            body.uuid("function_id"),
            body.text("function_alias", COLUMN).filter(alias -> !alias.isEmpty()),
            body.version("function_version").orElse(0),
            body.text("description", COLUMN),
            body.text("input"),
            body.bool("sync").orElse(true));
    wanted.id().ifPresent(id -> Texts.requireCanonicalUuid("id", id));
    var completed = executions.createAllowed(caller(), wanted);
    var answer = Answers.created(json -> write(completed.execution(), json));
    completed
        .timing()
        .ifPresent(timing ->
            answer.getHeaders().add("Server-Timing", timing.header(System.nanoTime() - arrived)));
    return answer;
  }

  @GET
  @Path("{id}")
  public Response get(@Context UriInfo uri, @PathParam("id") String id) {
    Query.strict(uri);
    Texts.requireUuid("id", id);
    var execution = executions.get(caller(), id);
    return Answers.ok(json -> write(execution, json));
  }

  @GET
  @Path("{id}/log")
  public Response log(@PathParam("id") String id) {
    return executions
        .log(caller(), id)
        .filter(log -> !log.isEmpty())
        .map(log -> Response.ok(log).header("Content-Type", "text/plain; charset=UTF-8").build())
        .orElseGet(Answers::noContent);
  }

  @DELETE
  @Path("{id}")
  public Response delete(@Context UriInfo uri, @PathParam("id") String id) {
    Query.strict(uri);
    Texts.requireUuid("id", id);
    executions.delete(caller(), id);
    return Answers.noContent();
  }

  private void write(ExecutionRecord execution, JsonGenerator json) throws IOException {
    json.writeStartObject();
    json.writeStringField("id", execution.id());
    json.writeStringField("function_id", execution.functionId());
    json.writeNumberField("function_version", execution.functionVersion());
    json.writeStringField("function_alias", execution.functionAlias());
    json.writeStringField("description", execution.description());
    json.writeStringField("status", execution.status().text());
    json.writeBooleanField("sync", execution.sync());
    json.writeStringField("input", ExecutionInput.echo(execution.input()));
    json.writeStringField("result", execution.result());
    json.writeStringField("project_id", execution.projectId());
    json.writeNumberField("attempts", execution.attempts());
    json.writeNumberField("max_attempts", executions.maxAttempts(execution));
    json.writeStringField("last_error", execution.lastError());
    json.writeStringField("created_at", Json.time(execution.createdAt()));
    json.writeStringField("updated_at", Json.time(execution.updatedAt()));
    json.writeEndObject();
  }
}
