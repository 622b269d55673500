// SPDX-License-Identifier: Apache-2.0
package io.qinling.api.job;

import java.util.Optional;

/**
 * A job as a client asks for it. Empty texts are absent here.
 *
 * @param functionId needed unless there is an alias
 * @param pattern needed unless there is a first execution time
 * @param firstExecutionTime in any of the forms of {@link LenientTime}
 */
record NewJob(
    Optional<String> name,
    Optional<String> functionId,
    Optional<String> functionAlias,
    int functionVersion,
    Optional<String> functionInput,
    Optional<String> pattern,
    Optional<Integer> count,
    Optional<String> firstExecutionTime) {}
