// SPDX-License-Identifier: Apache-2.0
package io.qinling.api.alias;

import io.qinling.api.database.Database.Listed;
import java.time.Instant;

/**
 * An alias as it stands in the database.
 *
 * @param name unique in its project
 * @param functionVersion 0 for the latest code
 * @param description may be null
 */
public record AliasRecord(
    String id,
    String projectId,
    String name,
    String functionId,
    int functionVersion,
    String description,
    Instant createdAt,
    Instant updatedAt)
    implements Listed {}
