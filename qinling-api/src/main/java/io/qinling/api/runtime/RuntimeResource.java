// SPDX-License-Identifier: Apache-2.0
package io.qinling.api.runtime;

import com.fasterxml.jackson.core.JsonGenerator;
import io.qinling.api.http.Answers;
import io.qinling.api.http.Json;
import io.qinling.api.http.JsonBody;
import io.qinling.api.http.Query;
import io.qinling.api.http.Texts;
import io.qinling.api.identity.Callers;
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
import java.util.Set;

/** {@code /v1/runtimes}. */
@Path("/v1/runtimes")
@RunOnVirtualThread
public class RuntimeResource {
  private static final Set<String> SETTABLE =
      Set.of("id", "name", "description", "image", "is_public", "trusted");
  private static final Set<String> READ_ONLY =
      Set.of("status", "project_id", "created_at", "updated_at");
  private static final int COLUMN = 255;

  private final Runtimes runtimes;
  private final RoutingContext request;

  RuntimeResource(Runtimes runtimes, RoutingContext request) {
    this.runtimes = runtimes;
    this.request = request;
  }

  @GET
  public Response list(@Context UriInfo uri) {
    Query.strict(uri);
    return Answers.list(
        "runtimes", runtimes.list(Callers.of(request))::forEach, RuntimeResource::write);
  }

  @POST
  public Response create(
      @Context UriInfo uri, @HeaderParam("Content-Type") String contentType, byte[] bytes) {
    Query.strict(uri);
    var body = JsonBody.parse(contentType, bytes, SETTABLE, READ_ONLY);
    var wanted =
        new NewRuntime(
            body.text("id"),
            body.text("name", COLUMN),
            body.text("description", COLUMN),
            body.text("image", COLUMN)
                .orElseThrow(() ->
                    new QinlingException(
                        ErrorCode.INVALID_INPUT, "Required param is missing. Required: image")),
            body.bool("is_public").orElse(true),
            body.bool("trusted").orElse(true));
    wanted.id().ifPresent(id -> Texts.requireCanonicalUuid("id", id));
    var created = runtimes.create(Callers.of(request), wanted);
    return Answers.created(json -> write(created, json));
  }

  @GET
  @Path("{id}")
  public Response get(@Context UriInfo uri, @PathParam("id") String id) {
    Query.strict(uri);
    Texts.requireUuid("id", id);
    var runtime = runtimes.get(Callers.of(request), id);
    return Answers.ok(json -> write(runtime, json));
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
    var change =
        new RuntimeChange(
            body.text("name", COLUMN),
            body.text("description", COLUMN),
            body.text("image", COLUMN),
            body.bool("is_public"));
    body.bool("trusted");
    body.text("id");
    var updated = runtimes.update(Callers.of(request), id, change);
    return Answers.ok(json -> write(updated, json));
  }

  @DELETE
  @Path("{id}")
  public Response delete(@Context UriInfo uri, @PathParam("id") String id) {
    Query.strict(uri);
    Texts.requireUuid("id", id);
    runtimes.delete(Callers.of(request), id);
    return Answers.noContent();
  }

  @GET
  @Path("{id}/pool")
  public Response pool(@Context UriInfo uri, @PathParam("id") String id) {
    Query.strict(uri);
    Texts.requireUuid("id", id);
    var pool = runtimes.pool(Callers.of(request), id);
    return Answers.ok(json -> {
      json.writeStartObject();
      json.writeStringField("name", id);
      json.writeObjectFieldStart("capacity");
      json.writeNumberField("total", pool.total());
      json.writeNumberField("available", pool.available());
      json.writeEndObject();
      json.writeEndObject();
    });
  }

  private static void write(RuntimeRecord runtime, JsonGenerator json) throws IOException {
    json.writeStartObject();
    json.writeStringField("id", runtime.id());
    json.writeStringField("name", runtime.name());
    json.writeStringField("image", runtime.image());
    json.writeStringField("description", runtime.description());
    json.writeBooleanField("is_public", runtime.isPublic());
    json.writeBooleanField("trusted", runtime.trusted());
    json.writeStringField("status", runtime.status().text());
    json.writeStringField("project_id", runtime.projectId());
    json.writeStringField("created_at", Json.time(runtime.createdAt()));
    json.writeStringField("updated_at", Json.time(runtime.updatedAt()));
    json.writeEndObject();
  }
}
