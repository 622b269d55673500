// SPDX-License-Identifier: Apache-2.0
package io.qinling.api.webhook;

import io.qinling.api.database.Database.Listed;
import java.time.Instant;

/**
 * A webhook as it stands in the database. It names either an alias or a function.
 *
 * @param functionAlias null when it names a function
 * @param functionId null when it names an alias
 * @param functionVersion 0 for the latest code; null when it names an alias, or when none was given
 * @param description may be null
 */
public record WebhookRecord(
    String id,
    String projectId,
    String functionAlias,
    String functionId,
    Integer functionVersion,
    String description,
    Instant createdAt,
    Instant updatedAt)
    implements Listed {}
