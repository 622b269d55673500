// SPDX-License-Identifier: Apache-2.0
package io.qinling.api.webhook;

import io.qinling.error.QinlingException;
import io.vertx.ext.web.RoutingContext;
import jakarta.ws.rs.container.ContainerRequestContext;
import jakarta.ws.rs.container.ResourceInfo;
import org.jboss.resteasy.reactive.server.ServerRequestFilter;

/** Finds the webhook that is called before the body is read, since anybody may send one. */
public class WebhookFilter {
  private final Webhooks webhooks;

  WebhookFilter(Webhooks webhooks) {
    this.webhooks = webhooks;
  }

  /**
   * @throws QinlingException NOT_FOUND when there is no such webhook
   */
  @ServerRequestFilter
  void find(ContainerRequestContext request, ResourceInfo resource, RoutingContext routing) {
    if (resource.getResourceClass() == WebhookInvocationResource.class) {
      var id = request.getUriInfo().getPathParameters().getFirst("id");
      routing.put(WebhookInvocationResource.WEBHOOK, webhooks.called(id));
    }
  }
}
