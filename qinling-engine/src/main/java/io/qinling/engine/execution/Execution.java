// SPDX-License-Identifier: Apache-2.0
package io.qinling.engine.execution;

import static java.util.Objects.requireNonNull;

import io.qinling.engine.function.FunctionVersion;

/**
 * A request to run a function version once.
 *
 * @param id chosen by the caller, at most one run each
 * @param function what to run
 * @param inputJson JSON text of the input; empty is null
 * @param requestId of the request that caused it, for logs
 */
public record Execution(String id, FunctionVersion function, byte[] inputJson, String requestId) {
  public Execution {
    requireNonNull(id, "id");
    requireNonNull(function, "function");
    requireNonNull(inputJson, "inputJson");
    if (id.isEmpty()) {
      throw new IllegalArgumentException("The execution id is empty");
    }
  }
}
