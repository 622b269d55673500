// SPDX-License-Identifier: Apache-2.0
package io.qinling.api.execution;

import io.qinling.api.engine.EngineTiming;
import java.util.Locale;

/**
 * Where the time of a synchronous execution went, in nanoseconds.
 *
 * @param engineCall from sending the call to the engine until its answer
 * @param engine what the engine says of it
 * @param database waiting until the end was durable
 */
record Timing(long engineCall, EngineTiming engine, long database) {
  private static final double NANOS_PER_MILLI = 1e6;

  /**
   * The header {@code Server-Timing}, in milliseconds.
   *
   * @param total the whole time that the request was in this process
   */
  String header(long total) {
    return entry("api", total - engineCall - database)
        + ", "
        + entry("database", database)
        + ", "
        + entry("grpc", engineCall - engine.total())
        + ", "
        + entry("engine", engine.total() - engine.waited() - engine.worker())
        + ", "
        + entry("wait", engine.waited())
        + ", "
        + entry("worker", engine.worker())
        + ", "
        + entry("total", total);
  }

  private static String entry(String name, long nanos) {
    return String.format(Locale.ROOT, "%s;dur=%.3f", name, nanos / NANOS_PER_MILLI);
  }
}
