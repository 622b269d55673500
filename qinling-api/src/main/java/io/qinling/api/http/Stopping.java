// SPDX-License-Identifier: Apache-2.0
package io.qinling.api.http;

/** Whether the service is about to stop, so that clients had better connect elsewhere. */
public final class Stopping {
  private volatile boolean begun;

  /** It is from now on. */
  public void begin() {
    begun = true;
  }

  boolean hasBegun() {
    return begun;
  }
}
