// SPDX-License-Identifier: Apache-2.0
package io.qinling.api.version;

import java.time.Instant;

/**
 * A version of a function as it stands in the database.
 *
 * @param number from 1 on, never used again for the same function
 * @param description may be null
 * @param count how often it has been run
 * @param packageDigest SHA-256 of its package
 */
public record VersionRecord(
    String id,
    String projectId,
    String functionId,
    int number,
    String description,
    int count,
    String packageDigest,
    Instant createdAt,
    Instant updatedAt) {}
