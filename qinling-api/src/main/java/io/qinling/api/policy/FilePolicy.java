// SPDX-License-Identifier: Apache-2.0
package io.qinling.api.policy;

import io.qinling.api.identity.Caller;
import io.qinling.api.policy.language.Check;
import io.qinling.error.ErrorCode;
import io.qinling.error.QinlingException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jboss.logging.Logger;

/**
 * Decides by the rules of oslo.policy files, over those in the code. Changes of the files count
 * within a few seconds. Files that are broken by then change nothing, and are reported once.
 *
 * <p>The object's project is what rules compare with. A caller without a token is the service
 * itself, which rules are not about: it may do what is of its own project.
 */
public final class FilePolicy implements Policy, AutoCloseable {
  private static final Logger LOG = Logger.getLogger(FilePolicy.class);

  private final PolicyLoader loader;
  private final ScheduledExecutorService timer;

  /** Replaced as a whole; read by every call. */
  private volatile Map<PolicyRule, Check> checks;

  /** The files that were last tried. Of the timer's thread, as is the next. */
  private List<FileState> tried;

  private List<FileState> seen;

  /**
   * Reads the files.
   *
   * @param timer looks for changes; closed with this
   * @throws PolicyException if a file cannot be read, or the one that the operator named is missing
   */
  public FilePolicy(PolicySettings settings, ScheduledExecutorService timer) {
    this.loader = new PolicyLoader(settings);
    this.timer = timer;
    this.tried = loader.state();
    this.seen = tried;
    this.checks = take(loader.load());
  }

  /** Begins to look for changes, each time an interval after the last. */
  public void watch(Duration interval) {
    timer.scheduleWithFixedDelay(
        this::refresh, interval.toMillis(), interval.toMillis(), TimeUnit.MILLISECONDS);
  }

  @Override
  public void enforce(Caller caller, PolicyRule rule, String ownerProjectId) {
    boolean allowed =
        caller.token().isPresent()
            ? checks.get(rule).holds(caller, ownerProjectId)
            : caller.projectId().equals(ownerProjectId);
    if (!allowed) {
      throw new QinlingException(ErrorCode.NOT_ALLOWED, "Operation not allowed");
    }
  }

  /** Takes a change up when it is found unchanged once more, since writing takes a while. */
  void refresh() {
    var found = loader.state();
    boolean settled = found.equals(seen);
    seen = found;
    if (!settled || found.equals(tried)) {
      return;
    }
    tried = found;
    try {
      checks = take(loader.load());
    } catch (PolicyException broken) {
      LOG.error("The policy is left as it was: " + broken.getMessage());
    } catch (RuntimeException defect) {
      LOG.error("The policy is left as it was", defect);
    }
  }

  private static Map<PolicyRule, Check> take(PolicyLoader.Loaded loaded) {
    for (var finding : loaded.findings()) {
      LOG.log(finding.isError() ? Logger.Level.ERROR : Logger.Level.WARN, finding.message());
    }
    LOG.infof("Policy loaded: files=%s", loaded.files());
    return loaded.checks();
  }

  @Override
  public void close() {
    timer.shutdownNow();
  }
}
