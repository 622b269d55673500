// SPDX-License-Identifier: Apache-2.0
package io.qinling.engine.rpc;

import io.qinling.engine.config.EngineConfig;
import io.qinling.engine.config.KubernetesConfig;
import io.qinling.engine.config.Threads;
import io.qinling.engine.download.PackageLinks;
import io.qinling.engine.download.Redemption;
import io.qinling.engine.storage.PackageStore;
import io.qinling.engine.storage.PackageStore.StoredPackage;
import io.quarkus.runtime.StartupEvent;
import io.quarkus.runtime.configuration.ConfigurationException;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import jakarta.annotation.Priority;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import jakarta.interceptor.Interceptor;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutorService;
import org.jboss.logging.Logger;

/**
 * Serves packages over HTTP to whoever has a link, which are workers of version 1. It listens only
 * where there may be such workers.
 */
@ApplicationScoped
public class PackageServer {
  private static final Logger LOG = Logger.getLogger(PackageServer.class);

  private static final int CHUNK = 64 * 1024;

  /** Upstream's sidecars do not wait longer either. */
  private static final Duration IDLE = Duration.ofSeconds(30);

  private static final int FORBIDDEN = 403;
  private static final int NOT_FOUND = 404;
  private static final int METHOD_NOT_ALLOWED = 405;
  private static final int GONE = 410;

  private final Vertx vertx;
  private final PackageLinks links;
  private final PackageStore packages;
  private final ExecutorService blocking;

  public PackageServer(Vertx vertx, PackageLinks links, PackageStore packages, Threads threads) {
    this.vertx = vertx;
    this.links = links;
    this.packages = packages;
    this.blocking = threads.blocking();
  }

  /** Before the engine takes functions on. */
  void start(
      @Observes @Priority(Interceptor.Priority.LIBRARY_BEFORE) StartupEvent event,
      EngineConfig engine,
      KubernetesConfig kubernetes) {
    if (engine.orchestrator().equals("kubernetes") && kubernetes.oldImages().isPresent()) {
      var host = engine.packageHost().orElse(engine.host());
      try {
        listen(host, engine.packagePort());
      } catch (CompletionException failed) {
        throw new ConfigurationException(
            "Cannot listen on [engine] package_host "
                + host
                + ", package_port "
                + engine.packagePort()
                + ": "
                + failed.getCause().getMessage());
      }
    }
  }

  /**
   * @param port 0 for any that is free
   * @return the port
   * @throws CompletionException when it cannot listen there
   */
  public int listen(String host, int port) {
    var options = new HttpServerOptions().setIdleTimeout((int) IDLE.toSeconds());
    var server = vertx.createHttpServer(options).requestHandler(this::serve);
    return done(server.listen(port, host)).actualPort();
  }

  private void serve(HttpServerRequest request) {
    if (!request.method().equals(HttpMethod.GET)) {
      refuse(request, METHOD_NOT_ALLOWED, "Use GET.");
    } else if (!request.path().startsWith(PackageLinks.PATH)) {
      refuse(request, NOT_FOUND, "There is no such path.");
    } else {
      redeem(request);
    }
  }

  private void redeem(HttpServerRequest request) {
    var redemption =
        links.redeem(
            request.path().substring(PackageLinks.PATH.length()),
            parameter(request, "worker"),
            parameter(request, "number"),
            parameter(request, "expires"),
            parameter(request, "signature"));
    switch (redemption) {
      case Redemption.Granted granted -> blocking.execute(() -> send(granted, request.response()));
      case Redemption.Invalid _ -> refuse(request, FORBIDDEN, "This link is not valid.");
      case Redemption.Expired _ -> refuse(request, FORBIDDEN, "This link has expired.");
      case Redemption.Used _ -> refuse(request, GONE, "This link has been used; it works once.");
    }
  }

  private static String parameter(HttpServerRequest request, String name) {
    return Objects.requireNonNullElse(request.getParam(name), "");
  }

  private static void refuse(HttpServerRequest request, int status, String reason) {
    var _ =
        request
            .response()
            .setStatusCode(status)
            .putHeader(HttpHeaders.CONTENT_TYPE, "text/plain")
            .end(reason + "\n");
  }

  private void send(Redemption.Granted granted, HttpServerResponse response) {
    try (var stored =
        packages
            .open(granted.digest())
            .orElseThrow(() -> new FileNotFoundException("The package is not stored"))) {
      send(stored, response);
      granted.transfer().complete(null);
    } catch (IOException | RuntimeException failed) {
      LOG.warnf("A package was not sent: digest=%s reason=%s", granted.digest(), failed);
      granted.transfer().completeExceptionally(failed);
      // The head may be out, so that only this says that the rest does not come.
      response.reset();
    }
  }

  /** Sends no faster than the receiver takes it, so that a slow one costs no memory. */
  private static void send(StoredPackage stored, HttpServerResponse response) throws IOException {
    response
        .putHeader(HttpHeaders.CONTENT_TYPE, "application/zip")
        .putHeader(HttpHeaders.CONTENT_LENGTH, Long.toString(stored.size()));
    var content = stored.content();
    for (var chunk = content.readNBytes(CHUNK);
        chunk.length > 0;
        chunk = content.readNBytes(CHUNK)) {
      done(response.write(Buffer.buffer(chunk)));
    }
    // Not waited for: the receiver has all, and may be the first to close the connection.
    var _ = response.end();
  }

  private static <T> T done(Future<T> future) {
    return future.toCompletionStage().toCompletableFuture().join();
  }
}
