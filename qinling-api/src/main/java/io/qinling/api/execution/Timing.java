// SPDX-License-Identifier: Apache-2.0
package io.qinling.api.execution;

import io.qinling.api.engine.EngineTiming;

/**
 * Where the time of a synchronous execution went, in nanoseconds.
 *
 * @param engineCall from sending the call to the engine until its answer
 * @param engine what the engine says of it
 * @param database waiting until the end was durable
 */
public record Timing(long engineCall, EngineTiming engine, long database) {
  private static final long NANOS_PER_MICRO = 1_000;
  private static final long MICROS_PER_MILLI = 1_000;

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

  /** By hand, since formatting would take longer than some of what is told. */
  private static String entry(String name, long nanos) {
    long micros = Math.max(0, nanos) / NANOS_PER_MICRO;
    var fraction = Long.toString(MICROS_PER_MILLI + micros % MICROS_PER_MILLI).substring(1);
    return name + ";dur=" + micros / MICROS_PER_MILLI + "." + fraction;
  }
}
