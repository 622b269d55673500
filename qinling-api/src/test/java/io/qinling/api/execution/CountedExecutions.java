// SPDX-License-Identifier: Apache-2.0
package io.qinling.api.execution;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** Remembers what it is told. */
public final class CountedExecutions implements ExecutionMeter {
  /** Statuses as text, and "answered" and "refused". */
  final List<String> events = new CopyOnWriteArrayList<>();

  @Override
  public void ended(ExecutionStatus status) {
    events.add(status.text());
  }

  @Override
  public void answered(long nanos) {
    events.add("answered");
  }

  @Override
  public void refused() {
    events.add("refused");
  }
}
