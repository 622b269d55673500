// SPDX-License-Identifier: Apache-2.0
package io.qinling.api.engine;

import java.util.Optional;

/**
 * A function version as the engine needs to know it.
 *
 * @param functionId id of the function
 * @param version 0 for the latest code
 * @param revision grows with each change of what follows
 * @param runtime which pool provides workers
 * @param packageDigest SHA-256 of the package; empty for functions of source image
 * @param image the container image that is the function; empty for all others
 * @param entry {@code module.callable}
 * @param cpuMillis thousandths of a processor
 * @param memoryBytes bytes of memory
 * @param timeoutSeconds longest run
 * @param projectId who owns it
 * @param trustId the trust by which it acts as its owner
 */
public record RunnableFunction(
    String functionId,
    int version,
    long revision,
    RuntimePool runtime,
    String packageDigest,
    String image,
    String entry,
    int cpuMillis,
    long memoryBytes,
    int timeoutSeconds,
    String projectId,
    Optional<String> trustId) {}
