// SPDX-License-Identifier: Apache-2.0
package io.qinling.api.config;

import io.qinling.api.execution.ExecutionRunner;
import io.qinling.api.execution.Journal;
import io.qinling.api.execution.Takeover;
import io.qinling.api.http.Stopping;
import io.qinling.api.instance.Periodic;
import io.qinling.api.instance.Presence;
import io.qinling.api.job.JobHandler;
import io.qinling.api.runtime.PoolKeeper;
import io.qinling.stop.StopLimit;
import io.quarkus.runtime.ShutdownDelayInitiatedEvent;
import io.quarkus.vertx.http.HttpServerStart;
import io.quarkus.vertx.http.HttpsServerStart;
import jakarta.enterprise.event.Observes;
import jakarta.enterprise.event.ObservesAsync;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.concurrent.locks.ReentrantLock;
import org.jboss.logging.Logger;

/**
 * How this process joins those that share its database, and how it leaves them: requests are served
 * a moment longer, so that others hear of it, then nothing new is run, and what cannot be finished
 * is left to others.
 */
@Singleton
public class LifeCycle {
  private static final Logger LOG = Logger.getLogger(LifeCycle.class);

  /** Beats within the timeout. */
  private static final int BEATS = 5;

  /** How long requests are served after the readiness says that they are not. */
  private static final Duration NOTICE = Duration.ofSeconds(1);

  private final ApiConfig api;
  private final Presence presence;
  private final Takeover takeover;
  private final ExecutionRunner runner;
  private final Journal journal;
  private final JobHandler jobs;
  private final PoolKeeper pools;
  private final Stopping stopping;
  private Periodic beats;

  /** Touched by the thread that looks. */
  private boolean hasReplaced;

  private final ReentrantLock lock = new ReentrantLock();

  // Guarded by the lock.
  private Periodic looks;
  private boolean ended;

  LifeCycle(
      ApiConfig api,
      Presence presence,
      Takeover takeover,
      ExecutionRunner runner,
      Journal journal,
      JobHandler jobs,
      PoolKeeper pools,
      Stopping stopping) {
    this.api = api;
    this.presence = presence;
    this.takeover = takeover;
    this.runner = runner;
    this.journal = journal;
    this.jobs = jobs;
    this.pools = pools;
    this.stopping = stopping;
  }

  /** Between two beats, and two looks at others. */
  static Duration period(ApiConfig api) {
    return api.instanceTimeout().dividedBy(BEATS);
  }

  /** To be called once, before requests are served. */
  void begin() {
    presence.enter();
    beats = new Periodic("beat", period(api), presence::beat);
    if (api.enableJobHandler()) {
      jobs.start();
    }
  }

  void listening(@ObservesAsync HttpServerStart event) {
    takeOver();
  }

  void listening(@ObservesAsync HttpsServerStart event) {
    takeOver();
  }

  /**
   * Only who has the port may know that the process before it has ended; a second one that is
   * started by mistake comes to its end before this.
   */
  private void takeOver() {
    lock.lock();
    try {
      if (looks == null && !ended) {
        looks = new Periodic("look", period(api), this::look);
      }
    } finally {
      lock.unlock();
    }
  }

  private void look() {
    if (!hasReplaced) {
      presence.replace();
      hasReplaced = true;
    }
    try {
      takeover.look();
    } finally {
      pools.look();
    }
  }

  /** While requests are still served, and the readiness says that they are not. */
  void end(@Observes ShutdownDelayInitiatedEvent event) {
    long begun = System.nanoTime();
    StopLimit.begin(api.drainTimeout());
    stopping.begin();
    jobs.close();
    if (beats == null) {
      return;
    }
    pause();
    endLooks();
    runner.stop(api.drainTimeout().minusNanos(System.nanoTime() - begun));
    journal.close();
    beats.close();
    try {
      presence.leave();
    } catch (RuntimeException away) {
      LOG.warn("The database is away; others will notice that this process has ended", away);
    }
  }

  private void endLooks() {
    lock.lock();
    try {
      ended = true;
      if (looks != null) {
        looks.close();
      }
    } finally {
      lock.unlock();
    }
  }

  private static void pause() {
    try {
      Thread.sleep(NOTICE);
    } catch (InterruptedException hurried) {
      Thread.currentThread().interrupt();
    }
  }
}
