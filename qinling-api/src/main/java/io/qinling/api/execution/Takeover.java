// SPDX-License-Identifier: Apache-2.0
package io.qinling.api.execution;

import io.qinling.api.execution.ExecutionStore.Orphan;
import io.qinling.api.instance.InstanceStore;
import io.qinling.api.instance.Observation;
import io.qinling.api.instance.Presence;
import io.qinling.error.ErrorCode;
import io.qinling.error.QinlingException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.jboss.logging.Logger;

/**
 * Brings executions to an end that nobody runs any more: their process died, stopped, or lost sight
 * of them. Any process may take one over; it changes hands by compare-and-set, so that one does.
 * Nobody waits for a synchronous one any more, so it ends as an error; an asynchronous one is run
 * with its old id, by which an engine that ran it already knows it.
 */
public final class Takeover {
  private static final Logger LOG = Logger.getLogger(Takeover.class);
  private static final int PAGE = 200;

  private final InstanceStore instances;
  private final Observation observation;
  private final Presence presence;
  private final ExecutionStore store;
  private final Journal journal;
  private final ExecutionRunner runner;
  private final Executions executions;

  public Takeover(
      InstanceStore instances,
      Observation observation,
      Presence presence,
      ExecutionStore store,
      Journal journal,
      ExecutionRunner runner,
      Executions executions) {
    this.instances = instances;
    this.observation = observation;
    this.presence = presence;
    this.store = store;
    this.journal = journal;
    this.runner = runner;
    this.executions = executions;
  }

  /** Looks for dead processes and for what is left of any; to be called periodically. */
  public void look() {
    for (var silent : observation.dead(instances::all)) {
      // Its own beats come in time, or it enters itself anew.
      if (!silent.id().equals(presence.id()) && instances.strike(silent)) {
        LOG.warnf(
            "Another qinling-api does not beat any more, and its executions are taken over: id=%s"
                + " place=%s",
            silent.id(), silent.place());
      }
    }
    adoptAll();
  }

  private void adoptAll() {
    var mine = presence.id();
    var open = new ArrayList<Orphan>();
    var ended = new ArrayList<Orphan>();
    var resumed = new ArrayList<Orphan>();
    for (var orphan : store.orphans(mine)) {
      if (journal.isOpen(orphan.id())) {
        if (!mine.equals(orphan.apiId())) {
          open.add(orphan);
        }
      } else if (orphan.sync()) {
        ended.add(orphan);
      } else {
        resumed.add(orphan);
      }
    }
    // Under way here, but begun under an earlier id of this process.
    inPages(open, page -> store.claim(page, mine));
    inPages(ended, page -> store.claim(page, mine).forEach(this::end));
    inPages(resumed, page -> resume(page, mine));
    if (!ended.isEmpty() || !resumed.isEmpty()) {
      LOG.infof(
          "Executions that nobody ran any more were found: synchronous=%d asynchronous=%d",
          ended.size(), resumed.size());
    }
  }

  private static void inPages(List<Orphan> all, Consumer<List<Orphan>> action) {
    for (int from = 0; from < all.size(); from += PAGE) {
      action.accept(all.subList(from, Math.min(from + PAGE, all.size())));
    }
  }

  private void end(Orphan orphan) {
    running(orphan)
        .ifPresent(execution ->
            runner.fail(
                execution,
                new QinlingException(
                    ErrorCode.UNAVAILABLE, "The qinling-api that ran it ended or was cut off")));
  }

  /** What finds no room here stays for others, or for a later look. */
  private void resume(List<Orphan> page, String mine) {
    var fitting = page.stream().takeWhile(_ -> runner.reserve()).toList();
    int unused = fitting.size();
    try {
      for (var orphan : store.claim(fitting, mine)) {
        if (resume(orphan)) {
          unused--;
        }
      }
    } finally {
      runner.release(unused);
    }
  }

  /** Empty when others have ended it meanwhile, who took this process for dead. */
  private Optional<ExecutionRecord> running(Orphan orphan) {
    return store.find(orphan.id()).filter(execution -> !execution.status().isFinal());
  }

  /** False when there is nothing to run. */
  private boolean resume(Orphan orphan) {
    var found = running(orphan);
    if (found.isEmpty()) {
      return false;
    }
    var execution = found.get();
    try {
      var function = executions.runnable(execution);
      journal.adopt(execution);
      runner.resume(
          execution, new ExecutionRunner.Code(function, () -> executions.runnable(execution)));
      return true;
    } catch (QinlingException failed) {
      if (failed.code() == ErrorCode.UNAVAILABLE) {
        // The next look finds it claimed and not under way.
        throw failed;
      }
      runner.fail(execution, failed);
      return false;
    }
  }
}
