// SPDX-License-Identifier: Apache-2.0
package io.qinling.api.job;

import java.time.Clock;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;

/** A clock that a test turns by hand. */
final class TurnedClock extends Clock {
  private volatile Instant now;

  TurnedClock(Instant now) {
    this.now = now;
  }

  void turnTo(Instant time) {
    now = time;
  }

  @Override
  public Instant instant() {
    return now;
  }

  @Override
  public ZoneId getZone() {
    return ZoneOffset.UTC;
  }

  @Override
  public Clock withZone(ZoneId zone) {
    throw new UnsupportedOperationException();
  }
}
