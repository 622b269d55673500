// SPDX-License-Identifier: Apache-2.0
package io.qinling.engine.worker;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.handler.codec.http.FullHttpRequest;
import io.qinling.engine.orchestrator.Worker;
import io.qinling.engine.orchestrator.WorkerProtocol;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class TestWorkerRequests {
  private static final String PARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
  private static final Worker WORKER =
      new Worker(
          "w",
          InetSocketAddress.createUnresolved("host", 9090),
          "secret",
          WorkerProtocol.VERSION_2);

  private static FullHttpRequest execute(String context, Optional<String> parent) {
    var call =
        new WorkerCall(
            "e",
            "{\"a\": 1}".getBytes(UTF_8),
            context.getBytes(UTF_8),
            Duration.ofSeconds(5),
            parent);
    return WorkerRequests.execute(WORKER, call);
  }

  @Test
  void withoutATraceTheContextIsWhatWasGiven() {
    var request = execute("{\"token\": \"t\"}", Optional.empty());

    assertThat(request.content().toString(UTF_8))
        .isEqualTo("{\"input\": {\"a\": 1}, \"context\": {\"token\": \"t\"}}");
    assertThat(request.headers().contains("traceparent")).isFalse();
    assertThat(execute("", Optional.empty()).content().toString(UTF_8))
        .isEqualTo("{\"input\": {\"a\": 1}}");
  }

  @Test
  void aTraceIsInTheContextBesideWhatWasGivenAndAHeader() {
    var alone = execute("", Optional.of(PARENT));
    var besides = execute("{\"token\": \"t\"}", Optional.of(PARENT));

    assertThat(alone.content().toString(UTF_8))
        .isEqualTo("{\"input\": {\"a\": 1}, \"context\": {\"traceparent\": \"" + PARENT + "\"}}");
    assertThat(besides.content().toString(UTF_8))
        .isEqualTo(
            "{\"input\": {\"a\": 1}, \"context\": {\"traceparent\": \""
                + PARENT
                + "\",\"token\": \"t\"}}");
    assertThat(besides.headers().get("traceparent")).isEqualTo(PARENT);
    assertThat(besides.headers().getInt("Content-Length"))
        .isEqualTo(besides.content().readableBytes());
  }
}
