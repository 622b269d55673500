// SPDX-License-Identifier: Apache-2.0
package io.qinling.api.job;

import io.qinling.api.alias.Targets;
import io.qinling.api.database.Condition;
import io.qinling.api.identity.Caller;
import io.qinling.api.policy.Policy;
import io.qinling.api.policy.PolicyRule;
import io.qinling.error.ErrorCode;
import io.qinling.error.QinlingException;
import java.time.Clock;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Consumer;

/** What can be done with jobs. */
public final class Jobs {
  private final JobStore store;
  private final Targets targets;
  private final Policy policy;
  private final Clock clock;
  private final Runnable onChange;

  /**
   * @param onChange called when a job may be due at another time than before; must not block
   */
  public Jobs(JobStore store, Targets targets, Policy policy, Clock clock, Runnable onChange) {
    this.store = store;
    this.targets = targets;
    this.policy = policy;
    this.clock = clock;
    this.onChange = onChange;
  }

  void forEach(Condition condition, Consumer<JobRecord> sink) {
    store.forEach(condition, sink);
  }

  /**
   * @throws QinlingException NOT_FOUND when it does not exist for the caller
   */
  JobRecord get(Caller caller, String id) {
    return get(caller, id, PolicyRule.JOB_GET);
  }

  private JobRecord get(Caller caller, String id, PolicyRule rule) {
    var job =
        store
            .find(id)
            .filter(found -> caller.sees(found.projectId()))
            .orElseThrow(() -> notFound(id));
    policy.enforce(caller, rule, job.projectId());
    return job;
  }

  private static QinlingException notFound(String id) {
    return new QinlingException(ErrorCode.NOT_FOUND, "Job not found [id=" + id + "]");
  }

  JobRecord create(Caller caller, NewJob wanted) {
    policy.enforce(caller, PolicyRule.JOB_CREATE);
    if (wanted.functionId().isEmpty() && wanted.functionAlias().isEmpty()) {
      throw new QinlingException(
          ErrorCode.INVALID_INPUT, "Either function_alias or function_id must be provided.");
    }
    var now = clock.instant();
    var schedule = JobSchedule.of(wanted, now);
    var job =
        new JobRecord(
            UUID.randomUUID().toString(),
            caller.projectId(),
            wanted.name().orElse(null),
            wanted.functionId().orElse(null),
            wanted.functionAlias().orElse(null),
            wanted.functionVersion(),
            wanted.functionInput().orElse(null),
            JobStatus.RUNNING,
            wanted.pattern().orElse(null),
            schedule.count(),
            schedule.first(),
            schedule.first(),
            now,
            null);
    requireAlias(job);
    store.insert(job);
    onChange.run();
    return job;
  }

  /** The alias must be the project's own; the function is looked at when the job is written. */
  private void requireAlias(JobRecord job) {
    if (job.functionAlias() != null) {
      targets.find(
          Caller.inProject(job.projectId()), Optional.of(job.functionAlias()), Optional.empty(), 0);
    }
  }

  JobRecord update(Caller caller, String id, JobChange wanted) {
    get(caller, id, PolicyRule.JOB_UPDATE);
    var changed =
        store
            .change(id, job -> JobSchedule.changed(job, wanted, clock.instant()))
            .orElseThrow(() -> notFound(id));
    onChange.run();
    return changed;
  }

  void delete(Caller caller, String id) {
    get(caller, id, PolicyRule.JOB_DELETE);
    if (!store.delete(id)) {
      throw notFound(id);
    }
  }
}
