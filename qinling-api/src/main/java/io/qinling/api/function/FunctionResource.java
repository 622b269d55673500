// SPDX-License-Identifier: Apache-2.0
package io.qinling.api.function;

import com.fasterxml.jackson.core.JsonGenerator;
import io.qinling.api.http.Answers;
import io.qinling.api.http.FormBody;
import io.qinling.api.http.Json;
import io.qinling.api.http.JsonBody;
import io.qinling.api.http.ProjectScope;
import io.qinling.api.http.Query;
import io.qinling.api.http.ScaleCount;
import io.qinling.api.http.Texts;
import io.qinling.api.identity.Caller;
import io.qinling.api.identity.Callers;
import io.qinling.api.policy.Policy;
import io.qinling.api.policy.PolicyRule;
import io.smallrye.common.annotation.RunOnVirtualThread;
import io.vertx.ext.web.RoutingContext;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.DELETE;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.HeaderParam;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.PUT;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import jakarta.ws.rs.core.UriInfo;
import java.io.IOException;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.jboss.resteasy.reactive.server.multipart.MultipartFormDataInput;

/** {@code /v1/functions}. */
@Path("/v1/functions")
@RunOnVirtualThread
public class FunctionResource {
  private static final String PACKAGE = "package";

  private final Functions functions;
  private final FunctionCreation creation;
  private final FunctionUpdate update;
  private final Policy policy;
  private final RoutingContext request;

  FunctionResource(
      Functions functions,
      FunctionCreation creation,
      FunctionUpdate update,
      Policy policy,
      RoutingContext request) {
    this.functions = functions;
    this.creation = creation;
    this.update = update;
    this.policy = policy;
    this.request = request;
  }

  private Caller caller() {
    return Callers.of(request);
  }

  @GET
  public Response list(@Context UriInfo uri) {
    var query = Query.strict(uri, "all_projects", "project_id");
    var scope = ProjectScope.of(caller(), query, policy, PolicyRule.FUNCTION_GET_ALL_PROJECTS);
    return Answers.<FunctionRecord>list(
        "functions",
        sink -> functions.forEach(scope, sink),
        (function, json) -> write(function, json, true));
  }

  @POST
  @Consumes(MediaType.MULTIPART_FORM_DATA)
  public Response create(@Context UriInfo uri, MultipartFormDataInput form) {
    return created(fields(uri, form));
  }

  @POST
  @Consumes(MediaType.APPLICATION_FORM_URLENCODED)
  public Response create(@Context UriInfo uri, byte[] form) {
    return created(fields(uri, form));
  }

  @POST
  @Consumes(MediaType.WILDCARD)
  public Response create(
      @Context UriInfo uri, @HeaderParam("Content-Type") String contentType, byte[] body) {
    return created(fields(uri, contentType, body));
  }

  private Response created(FunctionFields fields) {
    var function = creation.create(caller(), fields);
    return Answers.created(json -> write(function, json, false));
  }

  @PUT
  @Path("{id}")
  @Consumes(MediaType.MULTIPART_FORM_DATA)
  public Response update(
      @Context UriInfo uri, @PathParam("id") String id, MultipartFormDataInput form) {
    return updated(id, fields(uri, form));
  }

  @PUT
  @Path("{id}")
  @Consumes(MediaType.APPLICATION_FORM_URLENCODED)
  public Response update(@Context UriInfo uri, @PathParam("id") String id, byte[] form) {
    return updated(id, fields(uri, form));
  }

  @PUT
  @Path("{id}")
  @Consumes(MediaType.WILDCARD)
  public Response update(
      @Context UriInfo uri,
      @PathParam("id") String id,
      @HeaderParam("Content-Type") String contentType,
      byte[] body) {
    return updated(id, fields(uri, contentType, body));
  }

  private Response updated(String id, FunctionFields fields) {
    var function = update.update(caller(), id, fields);
    return Answers.ok(json -> write(function, json, false));
  }

  private static FunctionFields fields(UriInfo uri, MultipartFormDataInput form) {
    var texts = queryTexts(uri);
    Optional<java.nio.file.Path> file = Optional.empty();
    for (var field : form.getValues().entrySet()) {
      Texts.requirePartName(field.getKey());
      for (var value : field.getValue()) {
        if (!value.isFileItem()) {
          texts.put(field.getKey(), value.getValue());
        } else if (field.getKey().equals(PACKAGE)) {
          file = Optional.of(value.getFileItem().getFile());
        }
      }
    }
    return new FunctionFields(texts, file);
  }

  private static FunctionFields fields(UriInfo uri, byte[] form) {
    var texts = queryTexts(uri);
    FormBody.parse(form).forEach((name, values) -> texts.put(name, values.getLast()));
    return new FunctionFields(texts, Optional.empty());
  }

  private static FunctionFields fields(UriInfo uri, String contentType, byte[] body) {
    if (body.length > 0) {
      JsonBody.requireJsonType(contentType);
    }
    var texts = queryTexts(uri);
    texts.putAll(FunctionFields.ofJson(body).texts());
    return new FunctionFields(texts, Optional.empty());
  }

  private static Map<String, String> queryTexts(UriInfo uri) {
    var texts = new HashMap<String, String>();
    uri.getQueryParameters().forEach((name, values) -> texts.put(name, values.getLast()));
    return texts;
  }

  @GET
  @Path("{id}")
  public Response get(@Context UriInfo uri, @PathParam("id") String id) {
    var function = functions.read(caller(), id);
    if (Query.lenient(uri).flag("download")) {
      return Answers.zip(functions.download(function, function.packageDigest()), id);
    }
    return Answers.ok(json -> write(function, json, false));
  }

  @DELETE
  @Path("{id}")
  public Response delete(@Context UriInfo uri, @PathParam("id") String id) {
    Query.strict(uri);
    Texts.requireUuid("id", id);
    functions.delete(caller(), id);
    return Answers.noContent();
  }

  @GET
  @Path("{id}/workers")
  public Response workers(@Context UriInfo uri, @PathParam("id") String id) {
    var query = Query.strict(uri, "function_version");
    Texts.requireUuid("id", id);
    int version = query.integer("function_version").orElse(0);
    var names = functions.workers(caller(), id, version);
    return Answers.<String>list(
        "workers",
        names::forEach,
        (name, json) -> {
          json.writeStartObject();
          json.writeStringField("function_id", id);
          json.writeNumberField("function_version", version);
          json.writeStringField("worker_name", name);
          json.writeEndObject();
        });
  }

  @POST
  @Path("{id}/scale_up")
  public Response scaleUp(
      @Context UriInfo uri,
      @PathParam("id") String id,
      @HeaderParam("Content-Type") String contentType,
      byte[] body) {
    Texts.requireUuid("id", id);
    functions.scaleUp(caller(), id, ScaleCount.parse(uri, contentType, body));
    return Answers.accepted();
  }

  @POST
  @Path("{id}/scale_down")
  public Response scaleDown(
      @Context UriInfo uri,
      @PathParam("id") String id,
      @HeaderParam("Content-Type") String contentType,
      byte[] body) {
    Texts.requireUuid("id", id);
    functions.scaleDown(caller(), id, ScaleCount.parse(uri, contentType, body));
    return Answers.accepted();
  }

  @POST
  @Path("{id}/detach")
  public Response detach(
      @Context UriInfo uri,
      @PathParam("id") String id,
      @HeaderParam("Content-Type") String contentType,
      byte[] body) {
    Query.strict(uri);
    Texts.requireUuid("id", id);
    JsonBody.requireNone(contentType, body);
    functions.detach(caller(), id);
    return Answers.accepted();
  }

  /**
   * In lists the code stands as JSON inside of a string, elsewhere as an object: clients rely on
   * both.
   */
  private static void write(FunctionRecord function, JsonGenerator json, boolean codeAsText)
      throws IOException {
    json.writeStartObject();
    json.writeStringField("id", function.id());
    json.writeStringField("name", function.name());
    json.writeStringField("description", function.description());
    json.writeNumberField("cpu", function.cpu());
    json.writeNumberField("memory_size", function.memorySize());
    json.writeNumberField("timeout", function.timeout());
    json.writeStringField("runtime_id", function.runtimeId());
    json.writeFieldName("code");
    if (codeAsText) {
      json.writeString(function.codeJson());
    } else {
      json.writeTree(Json.parseStored(function.codeJson()));
    }
    json.writeStringField("entry", function.entry());
    json.writeNumberField("count", function.count());
    json.writeNumberField("latest_version", function.latestVersion());
    json.writeStringField("project_id", function.projectId());
    json.writeStringField("created_at", Json.time(function.createdAt()));
    json.writeStringField("updated_at", Json.time(function.updatedAt()));
    json.writeEndObject();
  }
}
