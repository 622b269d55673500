// SPDX-License-Identifier: Apache-2.0
package io.qinling.api.execution;

import java.util.Optional;

/**
 * What became of a request to run a function.
 *
 * @param timing empty unless the engine ran it while the client waited
 */
public record CompletedExecution(ExecutionRecord execution, Optional<Timing> timing) {
  static CompletedExecution untimed(ExecutionRecord execution) {
    return new CompletedExecution(execution, Optional.empty());
  }
}
