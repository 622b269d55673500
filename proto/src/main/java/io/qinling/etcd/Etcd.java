// SPDX-License-Identifier: Apache-2.0
package io.qinling.etcd;

import io.etcd.jetcd.Client;
import io.qinling.error.ErrorCode;
import io.qinling.error.QinlingException;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jboss.logging.Logger;

/**
 * The connection to etcd. A client that fails is replaced by a new one, since the channel inside
 * waits up to two minutes after a long outage before it tries to connect again
 * (github.com/etcd-io/jetcd/issues/1616). Safe for use by any thread; calls block.
 */
public final class Etcd implements AutoCloseable {
  private static final Logger LOG = Logger.getLogger(Etcd.class);
  private static final Duration PATIENCE = Duration.ofSeconds(3);
  private static final Duration SHORTEST_LIFE = Duration.ofSeconds(1);

  /** A client, and when it was made. */
  record Connection(Client client, long sinceNanos) {}

  private final EtcdAddresses addresses;
  private final ReentrantLock lock = new ReentrantLock();
  private volatile Connection connection;
  private volatile boolean reachable = true;
  private boolean closed;

  /**
   * Does not wait until etcd answers.
   *
   * @throws IllegalArgumentException as {@link EtcdAddresses#connect}
   */
  public Etcd(EtcdAddresses addresses) {
    this.addresses = addresses;
    this.connection = connect();
  }

  private Connection connect() {
    return new Connection(addresses.connect(), System.nanoTime());
  }

  /** The connection of the moment; another one after a failure. */
  Connection connection() {
    return connection;
  }

  /**
   * Sends a request and waits for its answer.
   *
   * @throws QinlingException UNAVAILABLE when there is none within 3 seconds; the request may have
   *     been carried out all the same
   */
  public <A> A call(Function<Client, CompletableFuture<A>> request) {
    var used = connection;
    try {
      var answer = request.apply(used.client()).get(PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
      report(true, null);
      return answer;
    } catch (InterruptedException stopping) {
      Thread.currentThread().interrupt();
      throw unavailable(stopping);
    } catch (ExecutionException | TimeoutException | RuntimeException failed) {
      var cause = failed instanceof ExecutionException ? failed.getCause() : failed;
      report(false, cause);
      replace(used);
      throw unavailable(cause);
    }
  }

  private static QinlingException unavailable(Throwable cause) {
    return new QinlingException(
        ErrorCode.UNAVAILABLE, "The coordination between engines cannot be reached", cause);
  }

  private void report(boolean answers, Throwable cause) {
    if (reachable == answers) {
      return;
    }
    reachable = answers;
    if (answers) {
      LOG.infof("etcd answers again: members=%s", addresses);
    } else {
      LOG.warnf(
          "etcd does not answer, see section [etcd]: members=%s reason=%s",
          addresses, reason(cause));
    }
  }

  /** With its causes, since the outermost says no more than that TLS failed. */
  private static String reason(Throwable failure) {
    return Stream.iterate(failure, Objects::nonNull, Throwable::getCause)
        .map(Throwable::toString)
        .collect(Collectors.joining(": "));
  }

  /** Once for all calls that failed on it. */
  private void replace(Connection failed) {
    lock.lock();
    try {
      boolean young = System.nanoTime() - failed.sinceNanos() < SHORTEST_LIFE.toNanos();
      if (closed || !connection.equals(failed) || young) {
        return;
      }
      connection = connect();
      failed.client().close();
    } catch (IllegalArgumentException unusable) {
      LOG.error(unusable.getMessage());
    } finally {
      lock.unlock();
    }
  }

  @Override
  public void close() {
    lock.lock();
    try {
      closed = true;
      connection.client().close();
    } finally {
      lock.unlock();
    }
  }
}
