// SPDX-License-Identifier: Apache-2.0
package io.qinling.engine.orchestrator.kubernetes;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.ConfigBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.qinling.engine.orchestrator.Worker;
import io.qinling.engine.orchestrator.WorkerNeeds;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** With a server that answers what API servers of several releases do. */
class TestWorkerSize {
  private static final Worker WORKER =
      new Worker("w", InetSocketAddress.createUnresolved("nowhere", 1), "secret");
  private static final WorkerNeeds NEEDS = new WorkerNeeds("f", 0, 3, 100, 32 << 20);
  private static final Map<String, Quantity> LIMITS =
      Map.of("cpu", new Quantity("2"), "memory", new Quantity("1Gi"));

  private final List<String> requests = new ArrayList<>();
  private boolean resizes = true;
  private boolean takesMemory = true;
  private HttpServer server;
  private KubernetesClient client;

  @BeforeEach
  void start() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext("/", this::answer);
    server.start();
    var config =
        new ConfigBuilder(Config.empty())
            .withMasterUrl("http://127.0.0.1:" + server.getAddress().getPort())
            .build();
    client = new KubernetesClientBuilder().withConfig(config).build();
  }

  @AfterEach
  void stop() {
    client.close();
    server.stop(0);
  }

  private void answer(HttpExchange exchange) throws IOException {
    var body = new String(exchange.getRequestBody().readAllBytes(), UTF_8);
    requests.add(exchange.getRequestMethod() + " " + exchange.getRequestURI() + " " + body);
    var answer = "{\"kind\": \"Pod\", \"apiVersion\": \"v1\", \"metadata\": {\"name\": \"w\"}}";
    if (exchange.getRequestMethod().equals("GET")) {
      var resize = resizes ? ", {\"name\": \"pods/resize\", \"kind\": \"Pod\"}" : "";
      answer =
          "{\"kind\": \"APIResourceList\", \"groupVersion\": \"v1\","
              + " \"resources\": [{\"name\": \"pods\", \"kind\": \"Pod\"}"
              + resize
              + "]}";
    }
    exchange.getResponseHeaders().set("Content-Type", "application/json");
    exchange.sendResponseHeaders(!takesMemory && body.contains("memory") ? 422 : 200, 0);
    exchange.getResponseBody().write(answer.getBytes(UTF_8));
    exchange.close();
  }

  private void fit(Map<String, Quantity> limits) {
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      new WorkerSize(() -> client, "ours", threads).fit(WORKER, NEEDS, limits);
    }
  }

  private List<String> patches() {
    return requests.stream().filter(request -> request.startsWith("PATCH")).toList();
  }

  @Test
  void aWorkerGetsWhatItsExecutionsMayUse() {
    fit(LIMITS);

    assertThat(patches())
        .singleElement()
        .asString()
        .startsWith("PATCH /api/v1/namespaces/ours/pods/w/resize")
        .contains("\"name\":\"worker\"", "\"cpu\":\"300m\"", "\"memory\":\"234881024\"");
  }

  @Test
  void whereMemoryCannotBeTakenCpuIs() {
    takesMemory = false;

    fit(LIMITS);

    assertThat(patches()).hasSize(2);
    assertThat(patches().getLast()).contains("300m").doesNotContain("memory");
  }

  @Test
  void anOlderServerIsNotAsked() {
    resizes = false;

    fit(LIMITS);

    assertThat(requests).singleElement().asString().startsWith("GET /api/v1");
  }

  @Test
  void withoutLimitsOfThePoolAWorkerCannotGetAny() {
    fit(Map.of());

    assertThat(requests).isEmpty();
  }

  @Test
  void noWorkerGetsMoreThanThePoolAllows() {
    fit(Map.of("cpu", new Quantity("200m"), "memory", new Quantity("64Mi")));

    assertThat(requests).isEmpty();
  }
}
