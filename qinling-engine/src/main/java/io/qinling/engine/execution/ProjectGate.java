// SPDX-License-Identifier: Apache-2.0
package io.qinling.engine.execution;

import io.qinling.engine.placement.Serial;
import io.qinling.error.ErrorCode;
import io.qinling.error.QinlingException;
import java.time.Duration;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;

/**
 * Lets so many executions of a project in at a time, first come, first served. Safe for use by any
 * thread; actions of those who enter run on the thread of whoever made way.
 */
public final class ProjectGate {
  private static final class Project {
    private int inside;

    /** Keeps a long queue of which each fails at once from being as deep a stack. */
    private final Serial entering = new Serial();

    private final LinkedHashMap<Runnable, Long> waitingSinceNanos = new LinkedHashMap<>();
  }

  private final int concurrency;
  private final int queueLength;
  private final LongSupplier nanoTime;
  private final ReentrantLock lock = new ReentrantLock();

  /** Those with an execution inside. Guarded by the lock, which is held for a few steps only. */
  private final Map<String, Project> projects = new HashMap<>();

  /**
   * @param concurrency executions of one project inside at a time; empty for no limit
   * @param queueLength executions of one project that may wait beside those
   * @param nanoTime as {@link System#nanoTime}
   */
  public ProjectGate(OptionalInt concurrency, int queueLength, LongSupplier nanoTime) {
    if (concurrency.orElse(1) < 1 || queueLength < 0) {
      throw new IllegalArgumentException(
          "The concurrency of a project must be at least 1 and its queue not negative: "
              + concurrency
              + ", "
              + queueLength);
    }
    this.concurrency = concurrency.orElse(0);
    this.queueLength = queueLength;
    this.nanoTime = nanoTime;
  }

  /** False when everybody gets in, at once. */
  boolean isLimited() {
    return concurrency > 0;
  }

  /**
   * Lets an execution in, now or later. Whoever is in has to {@link #leave}.
   *
   * @param enter run once, when the execution is in
   * @throws QinlingException OVERLOADED when too many wait
   */
  void enter(String projectId, Runnable enter) {
    if (isAdmitted(projectId, enter)) {
      enter.run();
    }
  }

  private boolean isAdmitted(String projectId, Runnable enter) {
    lock.lock();
    try {
      var project = projects.computeIfAbsent(projectId, id -> new Project());
      if (project.inside < concurrency) {
        project.inside++;
        return true;
      }
      long now = nanoTime.getAsLong();
      if (project.waitingSinceNanos.size() >= queueLength) {
        throw new QinlingException(
            ErrorCode.OVERLOADED,
            "Too many executions of the project are under way; try again later",
            null,
            passage(project, now));
      }
      project.waitingSinceNanos.put(enter, now);
      return false;
    } finally {
      lock.unlock();
    }
  }

  /** The first in the queue has waited about as long as the next to come would. */
  private static Optional<Duration> passage(Project project, long nowNanos) {
    return Optional.ofNullable(project.waitingSinceNanos.firstEntry())
        .map(first -> Duration.ofNanos(nowNanos - first.getValue()));
  }

  /** Takes an execution out of the queue; false when it does not wait. */
  boolean abandon(String projectId, Runnable enter) {
    lock.lock();
    try {
      var project = projects.get(projectId);
      return project != null && project.waitingSinceNanos.remove(enter) != null;
    } finally {
      lock.unlock();
    }
  }

  /** To be called once for each execution that got in. */
  void leave(String projectId) {
    next(projectId).ifPresent(Runnable::run);
  }

  private Optional<Runnable> next(String projectId) {
    lock.lock();
    try {
      var project = projects.get(projectId);
      var first = project.waitingSinceNanos.pollFirstEntry();
      if (first != null) {
        return Optional.of(() -> project.entering.run(first.getKey()));
      }
      if (--project.inside == 0) {
        projects.remove(projectId);
      }
      return Optional.empty();
    } finally {
      lock.unlock();
    }
  }
}
