// SPDX-License-Identifier: Apache-2.0
package io.qinling.api.engine.routing;

import io.qinling.etcd.EngineRecord;
import io.qinling.etcd.Etcd;
import io.qinling.etcd.Keys;
import io.qinling.etcd.PrefixWatch;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jboss.logging.Logger;

/**
 * The engines and owners that etcd tells of, by two watches. While etcd is away, what was known
 * last stays.
 */
public final class EtcdDirectory implements EngineDirectory {
  private static final Logger LOG = Logger.getLogger(EtcdDirectory.class);

  private final ForeignEntries foreign = new ForeignEntries();
  private final Map<String, EngineNode> byName = new ConcurrentHashMap<>();
  private final Map<FunctionKey, String> owners = new ConcurrentHashMap<>();
  private final List<Runnable> actions = new CopyOnWriteArrayList<>();
  private final CountDownLatch listings = new CountDownLatch(2);
  private final Etcd etcd;
  private final PrefixWatch engineWatch;
  private final PrefixWatch ownerWatch;
  private volatile List<EngineNode> engines = List.of();

  /**
   * Starts to watch, in the background.
   *
   * @param etcd is closed together with the directory
   */
  public EtcdDirectory(Etcd etcd) {
    this.etcd = etcd;
    this.engineWatch = new PrefixWatch(etcd, Keys.ENGINES, new Engines());
    this.ownerWatch = new PrefixWatch(etcd, Keys.OWNERS, new Owners());
  }

  /** Waits for the first listing, but no longer than this; goes on without it. */
  public void awaitListing(Duration patience) {
    try {
      if (!listings.await(patience.toMillis(), TimeUnit.MILLISECONDS)) {
        LOG.warn("Starting without etcd: no function runs until it answers; see section [etcd]");
      }
    } catch (InterruptedException stopping) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public List<EngineNode> engines() {
    return engines;
  }

  @Override
  public Optional<EngineNode> owner(FunctionKey function) {
    var name = owners.get(function);
    return name == null ? Optional.empty() : Optional.ofNullable(byName.get(name));
  }

  /** An engine of which no process is known may be too new to be listed. */
  @Override
  public boolean isGone(EngineNode engine) {
    var living = byName.get(engine.name());
    return engine.instance().isPresent()
        && (living == null || !living.instance().equals(engine.instance()));
  }

  @Override
  public void whenChanged(Runnable action) {
    actions.add(action);
  }

  @Override
  public void close() {
    engineWatch.close();
    ownerWatch.close();
    etcd.close();
  }

  private void changed() {
    engines = List.copyOf(byName.values());
    actions.forEach(Runnable::run);
  }

  private final class Engines implements PrefixWatch.Listener {
    @Override
    public void present(String key, String value) {
      EngineRecord.decode(key, value)
          .filter(engine -> EngineAddress.isValid(engine.address()))
          .ifPresentOrElse(this::keep, () -> foreign.ignore(key, value));
    }

    private void keep(EngineRecord engine) {
      var node =
          new EngineNode(
              engine.name(), engine.address(), Optional.of(engine.instance()), engine.draining());
      byName.put(engine.name(), node);
      changed();
      LOG.infof(
          "An engine is there: engine=%s address=%s draining=%s",
          engine.name(), engine.address(), engine.draining());
    }

    @Override
    public void gone(String key) {
      var name = key.substring(Keys.ENGINES.length());
      if (byName.remove(name) != null) {
        changed();
        LOG.infof("An engine is gone: engine=%s", name);
      }
    }

    @Override
    public void complete() {
      listings.countDown();
    }
  }

  private final class Owners implements PrefixWatch.Listener {
    @Override
    public void present(String key, String value) {
      var function = Keys.ownedFunction(key).flatMap(Owners::parse);
      if (function.isPresent() && isName(value)) {
        owners.put(function.get(), value);
      } else {
        foreign.ignore(key, value);
      }
    }

    private static boolean isName(String value) {
      return !value.isEmpty() && value.indexOf('/') < 0;
    }

    @Override
    public void gone(String key) {
      Keys.ownedFunction(key).flatMap(Owners::parse).ifPresent(owners::remove);
    }

    /** Empty for a version beyond the numbers that functions can have. */
    private static Optional<FunctionKey> parse(String functionAndVersion) {
      int slash = functionAndVersion.lastIndexOf('/');
      try {
        int version = Integer.parseInt(functionAndVersion.substring(slash + 1));
        return Optional.of(new FunctionKey(functionAndVersion.substring(0, slash), version));
      } catch (NumberFormatException foreignNumber) {
        return Optional.empty();
      }
    }

    @Override
    public void complete() {
      listings.countDown();
    }
  }
}
