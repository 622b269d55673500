// SPDX-License-Identifier: Apache-2.0
package io.qinling.engine.orchestrator.kubernetes;

import static java.net.HttpURLConnection.HTTP_CONFLICT;
import static java.net.HttpURLConnection.HTTP_NO_CONTENT;
import static java.net.HttpURLConnection.HTTP_OK;
import static java.net.HttpURLConnection.HTTP_UNAUTHORIZED;

import io.qinling.engine.orchestrator.Worker;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;

/**
 * The first words with a worker, while it waits in its pool: what it speaks, and the secret that is
 * its own from then on. See deploy/runtimes/PROTOCOL.md.
 */
final class WorkerIntroduction implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofSeconds(1);
  private static final String PROTOCOL = "2";

  private final HttpClient client =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).connectTimeout(PATIENCE).build();

  /** Whether a worker answers there. */
  boolean isReached(InetSocketAddress address) {
    try {
      return ping(address).statusCode() == HTTP_OK;
    } catch (IOException notReached) {
      return false;
    }
  }

  /**
   * Gives the worker a secret of its own, unless it has it or is an old one.
   *
   * @param first what it knows from its start
   * @throws IOException when it is not reached, is in other hands, or does not speak what its pod
   *     was made for
   */
  void introduce(Worker worker, String first) throws IOException {
    var pong = ping(worker.address());
    var spoken = pong.headers().firstValue("Qinling-Worker").orElse("");
    switch (worker.protocol()) {
      case VERSION_1 -> requireOld(pong.statusCode(), spoken);
      case VERSION_2 -> {
        requireCurrent(spoken);
        giveSecret(worker.address(), first, worker.secret());
      }
    }
  }

  private static void requireOld(int status, String spoken) throws IOException {
    if (!spoken.isEmpty()) {
      throw new IOException(
          "It speaks version "
              + spoken
              + " of the worker protocol; take its image out of [kubernetes] old_images");
    }
    if (status != HTTP_OK) {
      throw new IOException("It answers to a ping with status " + status);
    }
  }

  private static void requireCurrent(String spoken) throws IOException {
    if (spoken.isEmpty()) {
      throw new IOException(
          "It does not say which worker protocol it speaks, as old runtimes do; if it is one, put"
              + " its image into [kubernetes] old_images");
    }
    if (!spoken.equals(PROTOCOL)) {
      throw new IOException("It speaks version " + spoken + " of the worker protocol, not 2");
    }
  }

  private void giveSecret(InetSocketAddress address, String first, String own) throws IOException {
    int answer =
        send(
            request(address, "/secret")
                .header("Authorization", "Bearer " + first)
                .header("Qinling-Secret", own)
                .PUT(BodyPublishers.noBody()));
    if (answer == HTTP_UNAUTHORIZED) {
      // Another engine was first; they all give the same.
      if (!knows(address, own)) {
        throw new IOException(
            "It has a secret of others; engines in one [kubernetes] namespace need the same"
                + " [engine] secret");
      }
      return;
    }
    if (answer != HTTP_NO_CONTENT) {
      throw new IOException("It does not take its secret, with status " + answer);
    }
  }

  private boolean knows(InetSocketAddress address, String secret) throws IOException {
    int answer = send(request(address, "/function").header("Authorization", "Bearer " + secret));
    return answer == HTTP_CONFLICT;
  }

  private HttpResponse<Void> ping(InetSocketAddress address) throws IOException {
    return answer(request(address, "/ping").build());
  }

  private int send(HttpRequest.Builder request) throws IOException {
    return answer(request.build()).statusCode();
  }

  private HttpResponse<Void> answer(HttpRequest request) throws IOException {
    try {
      return client.send(request, BodyHandlers.discarding());
    } catch (InterruptedException stopping) {
      Thread.currentThread().interrupt();
      throw new IOException("The engine is stopping", stopping);
    }
  }

  private static HttpRequest.Builder request(InetSocketAddress address, String path) {
    var host = address.getHostString();
    var authority = (host.contains(":") ? "[" + host + "]" : host) + ":" + address.getPort();
    return HttpRequest.newBuilder(URI.create("http://" + authority + path)).timeout(PATIENCE);
  }

  @Override
  public void close() {
    client.shutdownNow();
  }
}
