// SPDX-License-Identifier: Apache-2.0
package io.qinling.api.job;

import java.util.Optional;

/**
 * What a client wants to change of a job.
 *
 * @param pattern may be the empty text, which is no pattern
 * @param nextExecutionTime never the empty text
 */
record JobChange(
    Optional<String> name,
    Optional<String> functionInput,
    Optional<String> status,
    Optional<String> pattern,
    Optional<String> nextExecutionTime) {}
