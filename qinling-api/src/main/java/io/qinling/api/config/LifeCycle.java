// SPDX-License-Identifier: Apache-2.0
package io.qinling.api.config;

import io.qinling.api.execution.ExecutionRunner;
import io.qinling.api.execution.Journal;
import io.qinling.api.execution.Takeover;
import io.qinling.api.http.Stopping;
import io.qinling.api.instance.Periodic;
import io.qinling.api.instance.Presence;
import io.qinling.api.job.JobHandler;
import io.quarkus.runtime.ShutdownDelayInitiatedEvent;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;
import java.time.Duration;
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
  private final Stopping stopping;
  private Periodic beats;
  private Periodic looks;

  LifeCycle(
      ApiConfig api,
      Presence presence,
      Takeover takeover,
      ExecutionRunner runner,
      Journal journal,
      JobHandler jobs,
      Stopping stopping) {
    this.api = api;
    this.presence = presence;
    this.takeover = takeover;
    this.runner = runner;
    this.journal = journal;
    this.jobs = jobs;
    this.stopping = stopping;
  }

  /** Between two beats, and two looks at others. */
  static Duration period(ApiConfig api) {
    return api.instanceTimeout().dividedBy(BEATS);
  }

  /** To be called once, when this process listens. */
  void begin() {
    presence.enter();
    beats = new Periodic("beat", period(api), presence::beat);
    looks = new Periodic("look", period(api), takeover::look);
    if (api.enableJobHandler()) {
      jobs.start();
    }
  }

  /** While requests are still served, and the readiness says that they are not. */
  void end(@Observes ShutdownDelayInitiatedEvent event) {
    long begun = System.nanoTime();
    stopping.begin();
    jobs.close();
    if (looks == null) {
      return;
    }
    pause();
    looks.close();
    runner.stop(api.drainTimeout().minusNanos(System.nanoTime() - begun));
    journal.close();
    beats.close();
    try {
      presence.leave();
    } catch (RuntimeException away) {
      LOG.warn("The database is away; others will notice that this process has ended", away);
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
