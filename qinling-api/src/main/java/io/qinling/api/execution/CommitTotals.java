// SPDX-License-Identifier: Apache-2.0
package io.qinling.api.execution;

import java.util.concurrent.atomic.LongAdder;

/** What the journal has committed since its start. Any thread may ask. */
public final class CommitTotals {
  private final LongAdder commits = new LongAdder();
  private final LongAdder changes = new LongAdder();
  private final LongAdder nanos = new LongAdder();

  void add(int changesOfOne, long nanosOfOne) {
    commits.increment();
    changes.add(changesOfOne);
    nanos.add(nanosOfOne);
  }

  public long commits() {
    return commits.sum();
  }

  /** Changes of executions in these commits. */
  public long changes() {
    return changes.sum();
  }

  /** Nanoseconds that these commits took. */
  public long nanos() {
    return nanos.sum();
  }
}
