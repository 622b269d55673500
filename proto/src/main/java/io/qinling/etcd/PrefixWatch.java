// SPDX-License-Identifier: Apache-2.0
package io.qinling.etcd;

import io.etcd.jetcd.Watch;
import io.etcd.jetcd.kv.GetResponse;
import io.etcd.jetcd.options.GetOption;
import io.etcd.jetcd.options.WatchOption;
import io.etcd.jetcd.watch.WatchEvent;
import io.etcd.jetcd.watch.WatchResponse;
import io.qinling.error.QinlingException;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jboss.logging.Logger;

/**
 * Follows all keys below a prefix: lists them, watches from there, and lists again whenever the
 * watch ends. While etcd is away the last known state stays.
 */
public final class PrefixWatch implements AutoCloseable {
  private static final Logger LOG = Logger.getLogger(PrefixWatch.class);
  private static final Duration CHECKED_EVERY = Duration.ofSeconds(3);
  private static final Duration PAUSE = Duration.ofMillis(500);

  /** Told of changes, one at a time and in order, by the watch's thread. Must not block. */
  public interface Listener {
    /** The key is new or has a new value. */
    void present(String key, String value);

    /** The key is gone. */
    void gone(String key);

    /** All that is known now has been told for the first time. */
    default void complete() {}
  }

  private sealed interface Arrived {
    record Changes(WatchResponse response) implements Arrived {}

    record End() implements Arrived {}
  }

  private final Etcd etcd;
  private final String prefix;
  private final Listener listener;
  private final Map<String, String> known = new HashMap<>();
  private final Thread thread;
  private boolean completed;

  /** Starts at once, in the background. */
  public PrefixWatch(Etcd etcd, String prefix, Listener listener) {
    this.etcd = etcd;
    this.prefix = prefix;
    this.listener = listener;
    this.thread = Thread.ofVirtual().name("watch " + prefix).start(this::follow);
  }

  private void follow() {
    while (!Thread.currentThread().isInterrupted()) {
      try {
        var connection = etcd.connection();
        watch(connection, list());
      } catch (QinlingException away) {
        LOG.debugf("A watch waits for etcd: prefix=%s", prefix);
        pause();
      } catch (RuntimeException defect) {
        LOG.errorf(defect, "A watch failed and starts anew: prefix=%s", prefix);
        pause();
      }
    }
  }

  private static void pause() {
    try {
      Thread.sleep(PAUSE);
    } catch (InterruptedException stopping) {
      Thread.currentThread().interrupt();
    }
  }

  /** Tells what has changed since the last time; the answer is the revision it was true at. */
  private long list() {
    GetResponse all =
        etcd.call(client ->
            client
                .getKVClient()
                .get(Keys.bytes(prefix), GetOption.builder().isPrefix(true).build()));
    var missing = new HashSet<>(known.keySet());
    for (var entry : all.getKvs()) {
      var key = Keys.text(entry.getKey());
      missing.remove(key);
      put(key, Keys.text(entry.getValue()));
    }
    missing.forEach(this::remove);
    if (!completed) {
      completed = true;
      listener.complete();
    }
    return all.getHeader().getRevision();
  }

  private void put(String key, String value) {
    if (!value.equals(known.put(key, value))) {
      listener.present(key, value);
    }
  }

  private void remove(String key) {
    if (known.remove(key) != null) {
      listener.gone(key);
    }
  }

  /** Returns when the watch has ended, for whatever reason. */
  private void watch(Etcd.Connection connection, long listedAt) {
    BlockingQueue<Arrived> arrived = new LinkedBlockingQueue<>();
    var option =
        WatchOption.builder()
            .isPrefix(true)
            .withRevision(listedAt + 1)
            .withRequireLeader(true)
            .build();
    try (Watch.Watcher _ =
        connection
            .client()
            .getWatchClient()
            .watch(
                Keys.bytes(prefix),
                option,
                Watch.listener(
                    response -> arrived.add(new Arrived.Changes(response)),
                    failure -> arrived.add(new Arrived.End()),
                    () -> arrived.add(new Arrived.End())))) {
      while (etcd.connection().equals(connection)) {
        var next = arrived.poll(CHECKED_EVERY.toMillis(), TimeUnit.MILLISECONDS);
        switch (next) {
          case Arrived.Changes(var response) -> response.getEvents().forEach(this::apply);
          case Arrived.End() -> {
            return;
          }
          // Quiet is what a connection that is cut looks like, too.
          case null -> check();
        }
      }
    } catch (InterruptedException stopping) {
      Thread.currentThread().interrupt();
    }
  }

  private void apply(WatchEvent event) {
    var key = Keys.text(event.getKeyValue().getKey());
    switch (event.getEventType()) {
      case PUT -> put(key, Keys.text(event.getKeyValue().getValue()));
      case DELETE -> remove(key);
      case UNRECOGNIZED -> LOG.debugf("An unknown event: key=%s", key);
    }
  }

  private void check() {
    var option = GetOption.builder().isPrefix(true).withCountOnly(true).build();
    var _ = etcd.call(client -> client.getKVClient().get(Keys.bytes(prefix), option));
  }

  @Override
  public void close() {
    thread.interrupt();
  }
}
