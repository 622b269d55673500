// SPDX-License-Identifier: Apache-2.0
package io.qinling.engine.function;

import static java.util.Objects.requireNonNull;

import io.qinling.engine.orchestrator.Pool;
import java.time.Duration;

/**
 * A function of a package as it is at one revision: what a worker is loaded with.
 *
 * @param key which function version
 * @param projectId project that owns the function; empty when there are no projects
 * @param revision grows with each change of what follows; the caller's latest wins
 * @param pool the runtime's pool that provides the workers
 * @param packageDigest SHA-256 of the package in lower-case hexadecimal
 * @param entry {@code module.callable}
 * @param cpuMillis thousandths of a processor for one execution, positive
 * @param memoryBytes memory for one execution, positive
 * @param timeout longest run of one execution, positive
 */
public record FunctionVersion(
    FunctionKey key,
    String projectId,
    long revision,
    Pool pool,
    String packageDigest,
    String entry,
    int cpuMillis,
    long memoryBytes,
    Duration timeout)
    implements Executable {
  public FunctionVersion {
    requireNonNull(key, "key");
    requireNonNull(projectId, "projectId");
    requireNonNull(pool, "pool");
    requireNonNull(packageDigest, "packageDigest");
    requireNonNull(entry, "entry");
    requirePositive("cpu", cpuMillis);
    requirePositive("memory", memoryBytes);
    requirePositive("timeout", timeout.toMillis());
  }

  /**
   * Whether workers that are loaded with the other can run this one. The timeout comes with each
   * execution.
   */
  public boolean runsTheSameAs(FunctionVersion other) {
    return pool.equals(other.pool)
        && packageDigest.equals(other.packageDigest)
        && entry.equals(other.entry)
        && cpuMillis == other.cpuMillis
        && memoryBytes == other.memoryBytes;
  }

  /**
   * Equal for those that workers with the same load can run, see {@link #runsTheSameAs}; as text to
   * be kept where other engines read it.
   */
  public String fingerprint() {
    return String.join(
        " ",
        pool.runtimeId(),
        packageDigest,
        entry,
        Integer.toString(cpuMillis),
        Long.toString(memoryBytes),
        pool.image());
  }

  static void requirePositive(String what, long value) {
    if (value <= 0) {
      throw new IllegalArgumentException(
          "The function's " + what + " is " + value + ", not positive");
    }
  }
}
