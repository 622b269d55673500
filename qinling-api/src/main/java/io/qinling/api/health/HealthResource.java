// SPDX-License-Identifier: Apache-2.0
package io.qinling.api.health;

import io.qinling.api.http.Answers;
import io.qinling.api.http.Json;
import io.qinling.error.ErrorCode;
import io.smallrye.common.annotation.RunOnVirtualThread;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.core.Response;

/** {@code /healthcheck}, for load balancers and operators. Open to all: it tells no secrets. */
@Path("/healthcheck")
@RunOnVirtualThread
public class HealthResource {
  private final Health health;

  HealthResource(Health health) {
    this.health = health;
  }

  @GET
  public Response check() {
    var outcomes = health.outcomes();
    boolean serves = outcomes.stream().allMatch(outcome -> outcome.passed() || !outcome.vital());
    boolean complete = outcomes.stream().allMatch(Check.Outcome::passed);
    Json.Writer body =
        json -> {
          json.writeStartObject();
          json.writeStringField("status", complete ? "ok" : serves ? "degraded" : "failing");
          json.writeObjectFieldStart("checks");
          for (var outcome : outcomes) {
            json.writeObjectFieldStart(outcome.name());
            json.writeStringField("status", outcome.passed() ? "ok" : "failing");
            if (outcome.reason().isPresent()) {
              json.writeStringField("reason", outcome.reason().get());
            }
            if (outcome.count().isPresent()) {
              json.writeNumberField("count", outcome.count().getAsInt());
            }
            json.writeNumberField("milliseconds", Math.round(outcome.milliseconds() * 10) / 10.0);
            json.writeEndObject();
          }
          json.writeEndObject();
          json.writeEndObject();
        };
    return serves ? Answers.ok(body) : Answers.json(ErrorCode.UNAVAILABLE.httpStatus(), body);
  }
}
