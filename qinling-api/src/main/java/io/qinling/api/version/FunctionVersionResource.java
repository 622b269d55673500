// SPDX-License-Identifier: Apache-2.0
package io.qinling.api.version;

import com.fasterxml.jackson.core.JsonGenerator;
import io.qinling.api.http.Answers;
import io.qinling.api.http.Json;
import io.qinling.api.http.JsonBody;
import io.qinling.api.http.Query;
import io.qinling.api.http.ScaleCount;
import io.qinling.api.http.Texts;
import io.qinling.api.identity.Caller;
import io.qinling.api.identity.Callers;
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

/** {@code /v1/functions/{id}/versions}. */
@Path("/v1/functions/{id}/versions")
@RunOnVirtualThread
public class FunctionVersionResource {
  private static final Set<String> SETTABLE = Set.of("id", "description");
  private static final Set<String> READ_ONLY =
      Set.of("function_id", "version_number", "count", "project_id", "created_at", "updated_at");
  private static final int COLUMN = 255;

  private final Versions versions;
  private final RoutingContext request;

  FunctionVersionResource(Versions versions, RoutingContext request) {
    this.versions = versions;
    this.request = request;
  }

  private Caller caller() {
    return Callers.of(request);
  }

  @GET
  public Response list(@Context UriInfo uri, @PathParam("id") String id) {
    Query.strict(uri);
    Texts.requireUuid("id", id);
    return Answers.list(
        "function_versions", versions.list(caller(), id)::forEach, FunctionVersionResource::write);
  }

  @POST
  public Response create(
      @Context UriInfo uri,
      @PathParam("id") String id,
      @HeaderParam("Content-Type") String contentType,
      byte[] bytes) {
    Query.strict(uri);
    Texts.requireUuid("id", id);
    var description =
        JsonBody.parse(contentType, bytes, SETTABLE, READ_ONLY).text("description", COLUMN);
    var created = versions.create(caller(), id, description);
    return Answers.created(json -> write(created, json));
  }

  @GET
  @Path("{number}")
  public Response get(
      @Context UriInfo uri, @PathParam("id") String id, @PathParam("number") String number) {
    var version = versions.get(caller(), id, Texts.requireVersion(number));
    if (Query.lenient(uri).flag("download")) {
      return Answers.zip(versions.download(caller(), version), id + "_" + version.number());
    }
    return Answers.ok(json -> write(version, json));
  }

  @PUT
  @Path("{number}")
  public Response update(
      @Context UriInfo uri,
      @PathParam("id") String id,
      @PathParam("number") String number,
      @HeaderParam("Content-Type") String contentType,
      byte[] bytes) {
    Query.strict(uri);
    Texts.requireUuid("id", id);
    var description =
        JsonBody.parse(contentType, bytes, SETTABLE, READ_ONLY).text("description", COLUMN);
    var updated = versions.update(caller(), id, Texts.requireVersion(number), description);
    return Answers.ok(json -> write(updated, json));
  }

  @DELETE
  @Path("{number}")
  public Response delete(
      @Context UriInfo uri, @PathParam("id") String id, @PathParam("number") String number) {
    Query.strict(uri);
    Texts.requireUuid("id", id);
    versions.delete(caller(), id, Texts.requireVersion(number));
    return Answers.noContent();
  }

  @POST
  @Path("{number}/scale_up")
  public Response scaleUp(
      @Context UriInfo uri,
      @PathParam("id") String id,
      @PathParam("number") String number,
      @HeaderParam("Content-Type") String contentType,
      byte[] body) {
    Texts.requireUuid("id", id);
    versions.scaleUp(
        caller(), id, Texts.requireVersion(number), ScaleCount.parse(uri, contentType, body));
    return Answers.accepted();
  }

  @POST
  @Path("{number}/scale_down")
  public Response scaleDown(
      @Context UriInfo uri,
      @PathParam("id") String id,
      @PathParam("number") String number,
      @HeaderParam("Content-Type") String contentType,
      byte[] body) {
    Texts.requireUuid("id", id);
    versions.scaleDown(
        caller(), id, Texts.requireVersion(number), ScaleCount.parse(uri, contentType, body));
    return Answers.accepted();
  }

  @POST
  @Path("{number}/detach")
  public Response detach(
      @Context UriInfo uri,
      @PathParam("id") String id,
      @PathParam("number") String number,
      @HeaderParam("Content-Type") String contentType,
      byte[] body) {
    Query.strict(uri);
    Texts.requireUuid("id", id);
    JsonBody.requireNone(contentType, body);
    versions.detach(caller(), id, Texts.requireVersion(number));
    return Answers.accepted();
  }

  private static void write(VersionRecord version, JsonGenerator json) throws IOException {
    json.writeStartObject();
    json.writeStringField("id", version.id());
    json.writeStringField("description", version.description());
    json.writeStringField("function_id", version.functionId());
    json.writeNumberField("version_number", version.number());
    json.writeNumberField("count", version.count());
    json.writeStringField("project_id", version.projectId());
    json.writeStringField("created_at", Json.time(version.createdAt()));
    json.writeStringField("updated_at", Json.time(version.updatedAt()));
    json.writeEndObject();
  }
}
