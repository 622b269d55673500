// SPDX-License-Identifier: Apache-2.0
package io.qinling.api.job;

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
import jakarta.ws.rs.PUT;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.Response;
import jakarta.ws.rs.core.UriInfo;
import java.io.IOException;
import java.util.List;
import java.util.Set;

/** {@code /v1/jobs}. */
@Path("/v1/jobs")
@RunOnVirtualThread
public class JobResource {
  /** Those that a request does not use are ignored. */
  private static final Set<String> SETTABLE =
      Set.of(
          "id",
          "name",
          "function_id",
          "function_alias",
          "function_version",
          "function_input",
          "status",
          "pattern",
          "count",
          "first_execution_time",
          "next_execution_time");

  private static final Set<String> READ_ONLY = Set.of("project_id", "created_at", "updated_at");
  private static final List<String> FILTERS = List.of("status", "function_id", "name");
  private static final int COLUMN = 255;
  private static final int PATTERN_COLUMN = 32;

  private final Jobs jobs;
  private final Policy policy;
  private final RoutingContext request;

  JobResource(Jobs jobs, Policy policy, RoutingContext request) {
    this.jobs = jobs;
    this.policy = policy;
    this.request = request;
  }

  private Caller caller() {
    return Callers.of(request);
  }

  @GET
  public Response list(@Context UriInfo uri) {
    var query = Query.strict(uri, "all_projects", "project_id", "status", "function_id", "name");
    var condition = ProjectScope.of(caller(), query, policy, PolicyRule.JOB_GET_ALL_PROJECTS);
    for (var column : FILTERS) {
      var filter = query.text(column);
      if (filter.isPresent()) {
        condition = condition.and(Condition.filter(column, filter.get()));
      }
    }
    var all = condition;
    return Answers.<JobRecord>list("jobs", sink -> jobs.forEach(all, sink), JobResource::write);
  }

  @POST
  public Response create(
      @Context UriInfo uri, @HeaderParam("Content-Type") String contentType, byte[] bytes) {
    Query.strict(uri);
    var body = JsonBody.parse(contentType, bytes, SETTABLE, READ_ONLY);
    var wanted =
        new NewJob(
            body.text("name", COLUMN),
            body.uuid("function_id"),
            body.text("function_alias", COLUMN).filter(alias -> !alias.isEmpty()),
            body.version("function_version").orElse(0),
            body.text("function_input", COLUMN),
            body.text("pattern", PATTERN_COLUMN).filter(pattern -> !pattern.isEmpty()),
            body.integer("count"),
            body.text("first_execution_time").filter(time -> !time.isEmpty()));
    var job = jobs.create(caller(), wanted);
    return Answers.created(json -> write(job, json));
  }

  @GET
  @Path("{id}")
  public Response get(@Context UriInfo uri, @PathParam("id") String id) {
    Query.strict(uri);
    Texts.requireUuid("id", id);
    var job = jobs.get(caller(), id);
    return Answers.ok(json -> write(job, json));
  }

  @PUT
  @Path("{id}")
  public Response update(
      @Context UriInfo uri,
      @PathParam("id") String id,
      @HeaderParam("Content-Type") String contentType,
      byte[] bytes) {
    Query.strict(uri);
    Texts.requireUuid("id", id);
    var body = JsonBody.parse(contentType, bytes, SETTABLE, READ_ONLY);
    var wanted =
        new JobChange(
            body.text("name", COLUMN),
            body.text("function_input", COLUMN),
            body.text("status"),
            body.text("pattern", PATTERN_COLUMN),
            body.text("next_execution_time").filter(time -> !time.isEmpty()));
    var job = jobs.update(caller(), id, wanted);
    return Answers.ok(json -> write(job, json));
  }

  @DELETE
  @Path("{id}")
  public Response delete(@Context UriInfo uri, @PathParam("id") String id) {
    Query.strict(uri);
    Texts.requireUuid("id", id);
    jobs.delete(caller(), id);
    return Answers.noContent();
  }

  private static void write(JobRecord job, JsonGenerator json) throws IOException {
    json.writeStartObject();
    json.writeStringField("id", job.id());
    json.writeStringField("name", job.name());
    json.writeStringField("function_id", job.functionId());
    json.writeStringField("function_alias", job.functionAlias());
    json.writeNumberField("function_version", job.functionVersion());
    json.writeStringField("function_input", job.functionInput());
    json.writeStringField("status", job.status().text());
    json.writeStringField("pattern", job.pattern());
    json.writeObjectField("count", job.count());
    json.writeStringField("first_execution_time", Json.time(job.firstExecutionTime()));
    json.writeStringField("next_execution_time", Json.time(job.nextExecutionTime()));
    json.writeStringField("project_id", job.projectId());
    json.writeStringField("created_at", Json.time(job.createdAt()));
    json.writeStringField("updated_at", Json.time(job.updatedAt()));
    json.writeEndObject();
  }
}
