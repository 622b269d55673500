// SPDX-License-Identifier: Apache-2.0
package io.qinling.api.keystone;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.ConnectException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandler;
import java.net.http.HttpTimeoutException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Sends requests to the cloud's services, and repeats what failed. An attempt that ran into the
 * timeout is not repeated: somebody waits. Any thread may use it; sending blocks.
 */
final class CloudHttp implements AutoCloseable {
  private static final long FIRST_PAUSE_MILLIS = 100;
  private static final int LONGEST_PAUSE_AFTER = 5;

  /** What to do between attempts, counted from 0. */
  @FunctionalInterface
  interface Pause {
    void after(int attempt) throws InterruptedException;
  }

  /** When a request may be sent again. */
  enum Repeat {
    /** Also when it may have been done already. */
    ALWAYS,
    /** Only when it cannot have been done. */
    UNSENT
  }

  private final KeystoneOptions.Transport options;
  private final Pause pause;
  private final HttpClient client;

  CloudHttp(KeystoneOptions.Transport options) {
    this(options, CloudHttp::sleep);
  }

  CloudHttp(KeystoneOptions.Transport options, Pause pause) {
    this.options = options;
    this.pause = pause;
    client =
        HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            // A redirect could carry a token to where it does not belong.
            .followRedirects(HttpClient.Redirect.NEVER)
            .connectTimeout(options.timeout())
            .sslContext(options.tls().context())
            .executor(
                Executors.newThreadPerTaskExecutor(
                    Thread.ofVirtual().name("keystone-", 0).factory()))
            .build();
  }

  /**
   * The last answer, whatever its status.
   *
   * @throws IOException when there is none, also when the thread was interrupted
   */
  <T> HttpResponse<T> send(HttpRequest request, BodyHandler<T> body, Repeat repeat)
      throws IOException {
    for (int attempt = 0; ; attempt++) {
      boolean last = attempt == options.retries();
      try {
        var answer = sendOnce(request, body);
        if (last || repeat == Repeat.UNSENT || answer.statusCode() < 500) {
          return answer;
        }
      } catch (HttpTimeoutException | InterruptedIOException late) {
        throw late;
      } catch (IOException failed) {
        if (last || (repeat == Repeat.UNSENT && !(failed instanceof ConnectException))) {
          throw failed;
        }
      }
      pauseAfter(attempt);
    }
  }

  private <T> HttpResponse<T> sendOnce(HttpRequest request, BodyHandler<T> body)
      throws IOException {
    var answer = client.sendAsync(request, body);
    try {
      return answer.get(options.timeout().toMillis(), TimeUnit.MILLISECONDS);
    } catch (TimeoutException late) {
      answer.cancel(true);
      throw new HttpTimeoutException("no answer within " + options.timeout().toMillis() + " ms");
    } catch (InterruptedException stopping) {
      answer.cancel(true);
      throw interrupted();
    } catch (ExecutionException failed) {
      throw failed.getCause() instanceof IOException reason
          ? reason
          : new IOException(failed.getCause());
    }
  }

  private void pauseAfter(int attempt) throws IOException {
    try {
      pause.after(attempt);
    } catch (InterruptedException stopping) {
      throw interrupted();
    }
  }

  private static void sleep(int attempt) throws InterruptedException {
    long most = FIRST_PAUSE_MILLIS << Math.min(attempt, LONGEST_PAUSE_AFTER);
    Thread.sleep(ThreadLocalRandom.current().nextLong(most / 2, most));
  }

  private static IOException interrupted() {
    Thread.currentThread().interrupt();
    return new InterruptedIOException("the service stops");
  }

  @Override
  public void close() {
    client.shutdownNow();
  }
}
