// SPDX-License-Identifier: Apache-2.0
package io.qinling.api.keystone;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsParameters;
import com.sun.net.httpserver.HttpsServer;
import io.qinling.api.http.Json;
import io.qinling.api.keystone.KeystoneOptions.Transport;
import io.qinling.api.keystone.ServiceUser.Named;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;

/** Plays Keystone, and fails on demand as the real one does not. Its tests are the e2e tests. */
final class FakeKeystone implements AutoCloseable {
  static final String PASSWORD = "secret";
  static final Duration TIMEOUT = Duration.ofSeconds(5);

  /** Requests as {@code VERB /path?query}. */
  final List<String> requests = new CopyOnWriteArrayList<>();

  /** Bodies of POST requests. */
  final List<JsonNode> bodies = new CopyOnWriteArrayList<>();

  /** Values of X-Auth-Token. */
  final List<String> tokensOfRequests = new CopyOnWriteArrayList<>();

  /** What is known of tokens, by value. */
  final Map<String, ObjectNode> tokens = new ConcurrentHashMap<>();

  /** Contents of Swift by path. */
  final Map<String, String> objects = new ConcurrentHashMap<>();

  /** Statuses that requests are answered with instead, by the beginning of VERB and path. */
  final Map<String, Integer> failures = new ConcurrentHashMap<>();

  /** Holds back answers on validations while it is not open. */
  volatile CountDownLatch gate = new CountDownLatch(0);

  final Instant end = TurnedClock.START.plus(Duration.ofHours(1));
  private final AtomicInteger issued = new AtomicInteger();
  private final HttpServer server;
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();

  FakeKeystone() throws IOException {
    this(0);
  }

  FakeKeystone(int port) throws IOException {
    this(HttpServer.create(address(port), 0));
  }

  /** Speaks TLS. */
  FakeKeystone(SSLContext tls, boolean clientsMustShowWhoTheyAre) throws IOException {
    this(secure(tls, clientsMustShowWhoTheyAre));
  }

  private FakeKeystone(HttpServer server) {
    this.server = server;
    server.setExecutor(threads);
    server.createContext("/", this::answer);
    server.start();
  }

  private static HttpServer secure(SSLContext tls, boolean needClientAuth) throws IOException {
    var server = HttpsServer.create(address(0), 0);
    server.setHttpsConfigurator(
        new HttpsConfigurator(tls) {
          @Override
          public void configure(HttpsParameters parameters) {
            SSLParameters settings = tls.getDefaultSSLParameters();
            settings.setNeedClientAuth(needClientAuth);
            parameters.setSSLParameters(settings);
          }
        });
    return server;
  }

  private static InetSocketAddress address(int port) {
    return new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
  }

  int port() {
    return server.getAddress().getPort();
  }

  String url() {
    return (server instanceof HttpsServer ? "https" : "http") + "://127.0.0.1:" + port();
  }

  KeystoneOptions options(Tls tls, Duration timeout) {
    return new KeystoneOptions(
        url(),
        "http://public:5000",
        new ServiceUser(
            new Named(null, "qinling", null, "Default"),
            PASSWORD,
            new Named(null, "service", "default", null)),
        Optional.of("RegionOne"),
        Optional.empty(),
        new Transport(tls, timeout, 2));
  }

  /** A client that does not wait between attempts. */
  KeystoneClient client(TurnedClock clock) {
    return client(clock, TIMEOUT);
  }

  KeystoneClient client(TurnedClock clock, Duration timeout) {
    var options = options(Tls.SYSTEM, timeout);
    return new KeystoneClient(options, clock, new CloudHttp(options.transport(), attempt -> {}));
  }

  /** Makes a token known. */
  ObjectNode know(String value, String userId, String projectId, String... roles) {
    return know(value, end, userId, projectId, roles);
  }

  ObjectNode know(
      String value, Instant expiresAt, String userId, String projectId, String... roles) {
    var token = Json.MAPPER.createObjectNode().put("expires_at", expiresAt.toString());
    token.putObject("user").put("id", userId).put("name", "name of " + userId);
    if (projectId != null) {
      token.putObject("project").put("id", projectId).put("name", "name of " + projectId);
    }
    var list = token.putArray("roles");
    for (var role : roles) {
      list.addObject().put("id", "id of " + role).put("name", role);
    }
    tokens.put(value, token);
    return token;
  }

  long count(String request) {
    return requests.stream().filter(known -> known.startsWith(request)).count();
  }

  private void answer(HttpExchange exchange) throws IOException {
    try (exchange) {
      var request = exchange.getRequestMethod() + " " + exchange.getRequestURI();
      requests.add(request);
      var token = exchange.getRequestHeaders().getFirst("X-Auth-Token");
      tokensOfRequests.add(token == null ? "" : token);
      var body = exchange.getRequestBody().readAllBytes();
      if (body.length > 0) {
        bodies.add(Json.MAPPER.readTree(body));
      }
      var failure =
          failures.entrySet().stream()
              .filter(known -> request.startsWith(known.getKey()))
              .findAny();
      if (failure.isPresent()) {
        exchange.sendResponseHeaders(failure.get().getValue(), -1);
      } else if (request.startsWith("GET /v3/auth/tokens")) {
        gate.await();
        validate(exchange, token);
      } else if (request.startsWith("POST /v3/auth/tokens")) {
        issue(exchange, bodies.getLast());
      } else if (request.equals("GET /v3/auth/catalog")) {
        send(exchange, 200, Json.MAPPER.createObjectNode().set("catalog", catalogue("p-" + token)));
      } else if (objects.containsKey(exchange.getRequestURI().toString())) {
        serve(exchange, objects.get(exchange.getRequestURI().toString()).getBytes(UTF_8));
      } else if (request.startsWith("POST /v3/OS-TRUST")) {
        send(exchange, 201, Json.MAPPER.readTree("{\"trust\": {\"id\": \"trust-1\"}}"));
      } else if (request.startsWith("DELETE /v3/OS-TRUST")) {
        exchange.sendResponseHeaders(204, -1);
      } else {
        exchange.sendResponseHeaders(request.equals("GET /v3") ? 200 : 404, -1);
      }
    } catch (InterruptedException stopping) {
      Thread.currentThread().interrupt();
    }
  }

  private void validate(HttpExchange exchange, String asking) throws IOException {
    var subject = tokens.get(exchange.getRequestHeaders().getFirst("X-Subject-Token"));
    if (!tokens.containsKey(asking)) {
      exchange.sendResponseHeaders(401, -1);
    } else if (subject == null) {
      exchange.sendResponseHeaders(404, -1);
    } else {
      send(exchange, 200, Json.MAPPER.createObjectNode().set("token", subject));
    }
  }

  private void issue(HttpExchange exchange, JsonNode request) throws IOException {
    if (!request.at("/auth/identity/password/user/password").asText().equals(PASSWORD)) {
      exchange.sendResponseHeaders(401, -1);
      return;
    }
    var trust = request.at("/auth/scope/OS-TRUST:trust/id").asText();
    var value = (trust.isEmpty() ? "service-" : trust + "-") + issued.incrementAndGet();
    var token = know(value, trust.isEmpty() ? "u-qinling" : "u-owner", "p-of-token", "service");
    token.set("catalog", catalogue("service"));
    exchange.getResponseHeaders().add("X-Subject-Token", value);
    send(exchange, 201, Json.MAPPER.createObjectNode().set("token", token));
  }

  private JsonNode catalogue(String project) throws IOException {
    return Json.MAPPER.readTree(
        """
        [{"type": "function-engine", "endpoints": [
            {"interface": "public", "region_id": "Other", "url": "http://other:7070"},
            {"interface": "internal", "region_id": "RegionOne", "url": "http://inside:7070"},
            {"interface": "public", "region_id": "RegionOne", "url": "http://public:7070/"}]},
         {"type": "object-store", "endpoints": [
            {"interface": "public", "region": "RegionOne", "url": "%s/swift/%s"}]}]
        """
            .formatted(url(), project));
  }

  private static void serve(HttpExchange exchange, byte[] object) throws IOException {
    if (exchange.getRequestMethod().equals("HEAD")) {
      exchange.getResponseHeaders().add("Content-Length", Integer.toString(object.length));
      exchange.sendResponseHeaders(200, -1);
    } else {
      exchange.sendResponseHeaders(200, object.length);
      exchange.getResponseBody().write(object);
    }
  }

  private static void send(HttpExchange exchange, int status, JsonNode body) throws IOException {
    var bytes = body.toString().getBytes(UTF_8);
    exchange.getResponseHeaders().add("Content-Type", "application/json");
    exchange.sendResponseHeaders(status, bytes.length);
    exchange.getResponseBody().write(bytes);
  }

  @Override
  public void close() {
    server.stop(0);
    threads.shutdownNow();
  }
}
