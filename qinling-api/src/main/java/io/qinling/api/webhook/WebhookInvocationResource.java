// SPDX-License-Identifier: Apache-2.0
package io.qinling.api.webhook;

import io.qinling.api.http.Answers;
import io.qinling.api.http.FormBody;
import io.qinling.api.http.JsonBody;
import io.qinling.api.http.Texts;
import io.qinling.error.ErrorCode;
import io.qinling.error.QinlingException;
import io.smallrye.common.annotation.RunOnVirtualThread;
import io.vertx.ext.web.RoutingContext;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.HeaderParam;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import jakarta.ws.rs.core.UriInfo;
import java.util.Locale;
import org.jboss.resteasy.reactive.server.multipart.MultipartFormDataInput;

/** Calls of webhooks, for which nobody needs to authenticate. Unknown fields are the input. */
@Path("/v1/webhooks/{id}/invoke")
@RunOnVirtualThread
public class WebhookInvocationResource {
  /** Under which the request has its webhook, from {@link WebhookFilter}. */
  static final String WEBHOOK = "webhook";

  private final Webhooks webhooks;

  WebhookInvocationResource(Webhooks webhooks) {
    this.webhooks = webhooks;
  }

  @POST
  @Consumes(MediaType.MULTIPART_FORM_DATA)
  public Response invoke(
      @Context UriInfo uri,
      @Context RoutingContext routing,
      @HeaderParam("Content-Type") String contentType,
      MultipartFormDataInput form) {
    // The framework takes such a form for an empty one.
    if (!contentType.toLowerCase(Locale.ROOT).contains("boundary=")) {
      throw new QinlingException(ErrorCode.INVALID_INPUT, "The form has no boundary");
    }
    var input = new WebhookInput(uri.getQueryParameters());
    for (var field : form.getValues().entrySet()) {
      Texts.requirePartName(field.getKey());
      for (var value : field.getValue()) {
        if (value.isFileItem()) {
          throw new QinlingException(
              ErrorCode.INVALID_INPUT, "Files cannot be the input of a function");
        }
        input.add(field.getKey(), value.getValue());
      }
    }
    return invoked(routing, input);
  }

  @POST
  @Consumes(MediaType.APPLICATION_FORM_URLENCODED)
  public Response invoke(@Context UriInfo uri, @Context RoutingContext routing, byte[] form) {
    var input = new WebhookInput(uri.getQueryParameters());
    FormBody.parse(form).forEach((name, values) -> values.forEach(value -> input.add(name, value)));
    return invoked(routing, input);
  }

  @POST
  @Consumes(MediaType.WILDCARD)
  public Response invoke(
      @Context UriInfo uri,
      @Context RoutingContext routing,
      @HeaderParam("Content-Type") String contentType,
      byte[] body) {
    var input = new WebhookInput(uri.getQueryParameters());
    if (body.length > 0) {
      return invoked(
          routing, JsonBody.isJsonType(contentType) ? input.addJson(body) : input.addText(body));
    }
    return invoked(routing, input);
  }

  private Response invoked(RoutingContext routing, WebhookInput input) {
    var execution = webhooks.invoke(routing.get(WEBHOOK), input.json());
    return Answers.accepted(json -> {
      json.writeStartObject();
      json.writeStringField("execution_id", execution);
      json.writeEndObject();
    });
  }
}
