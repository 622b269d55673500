// SPDX-License-Identifier: Apache-2.0
package io.qinling.api.webhook;

import com.fasterxml.jackson.core.JsonGenerator;
import io.qinling.api.http.Answers;
import io.qinling.api.http.Json;
import io.qinling.api.http.JsonBody;
import io.qinling.api.http.ProjectScope;
import io.qinling.api.http.PublicEndpoint;
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
import java.util.Set;

/** {@code /v1/webhooks}, but for calling one: that is {@link WebhookInvocationResource}. */
@Path("/v1/webhooks")
@RunOnVirtualThread
public class WebhookResource {
  private static final Set<String> SETTABLE =
      Set.of("id", "function_id", "function_alias", "function_version", "description");
  private static final Set<String> READ_ONLY =
      Set.of("project_id", "created_at", "updated_at", "webhook_url");
  private static final int COLUMN = 255;

  private final Webhooks webhooks;
  private final Policy policy;
  private final PublicEndpoint endpoint;
  private final RoutingContext request;

  WebhookResource(
      Webhooks webhooks, Policy policy, PublicEndpoint endpoint, RoutingContext request) {
    this.webhooks = webhooks;
    this.policy = policy;
    this.endpoint = endpoint;
    this.request = request;
  }

  private Caller caller() {
    return Callers.of(request);
  }

  @GET
  public Response list(@Context UriInfo uri) {
    var query = Query.strict(uri, "all_projects", "project_id");
    var scope = ProjectScope.of(caller(), query, policy, PolicyRule.WEBHOOK_GET_ALL_PROJECTS);
    var base = endpoint.url(uri);
    return Answers.<WebhookRecord>list(
        "webhooks",
        sink -> webhooks.forEach(scope, sink),
        (webhook, json) -> write(webhook, base, json));
  }

  @POST
  public Response create(
      @Context UriInfo uri, @HeaderParam("Content-Type") String contentType, byte[] bytes) {
    Query.strict(uri);
    var body = JsonBody.parse(contentType, bytes, SETTABLE, READ_ONLY);
    var id = body.text("id");
    id.ifPresent(text -> Texts.requireCanonicalUuid("id", text));
    var created = webhooks.create(caller(), id, change(body));
    return Answers.created(json -> write(created, endpoint.url(uri), json));
  }

  private static WebhookChange change(JsonBody body) {
    return new WebhookChange(
        body.text("function_alias", COLUMN).filter(alias -> !alias.isEmpty()),
        body.uuid("function_id"),
        body.version("function_version"),
        body.text("description", COLUMN));
  }

  @GET
  @Path("{id}")
  public Response get(@Context UriInfo uri, @PathParam("id") String id) {
    Query.strict(uri);
    Texts.requireUuid("id", id);
    var webhook = webhooks.get(caller(), id);
    return Answers.ok(json -> write(webhook, endpoint.url(uri), json));
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
    body.text("id");
    var updated = webhooks.update(caller(), id, change(body));
    return Answers.ok(json -> write(updated, endpoint.url(uri), json));
  }

  @DELETE
  @Path("{id}")
  public Response delete(@Context UriInfo uri, @PathParam("id") String id) {
    Query.strict(uri);
    Texts.requireUuid("id", id);
    webhooks.delete(caller(), id);
    return Answers.noContent();
  }

  private static void write(WebhookRecord webhook, String base, JsonGenerator json)
      throws IOException {
    json.writeStartObject();
    json.writeStringField("id", webhook.id());
    json.writeStringField("function_id", webhook.functionId());
    json.writeStringField("function_alias", webhook.functionAlias());
    if (webhook.functionVersion() == null) {
      json.writeNullField("function_version");
    } else {
      json.writeNumberField("function_version", webhook.functionVersion());
    }
    json.writeStringField("description", webhook.description());
    json.writeStringField("project_id", webhook.projectId());
    json.writeStringField("created_at", Json.time(webhook.createdAt()));
    json.writeStringField("updated_at", Json.time(webhook.updatedAt()));
    json.writeStringField("webhook_url", base + "/v1/webhooks/" + webhook.id() + "/invoke");
    json.writeEndObject();
  }
}
