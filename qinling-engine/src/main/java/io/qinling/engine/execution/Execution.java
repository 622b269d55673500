// SPDX-License-Identifier: Apache-2.0
package io.qinling.engine.execution;

import static java.util.Objects.requireNonNull;

import io.qinling.engine.function.Executable;
import io.qinling.engine.function.FunctionKey;
import java.util.Arrays;
import java.util.regex.Pattern;

/**
 * A request to run a function version once.
 *
 * @param id chosen by the caller, at most one run each
 * @param function what to run
 * @param inputJson JSON text of the input; empty is null
 * @param contextJson JSON text of what the function gets besides; empty is nothing. Has
 *     credentials, and is never to be logged
 */
public record Execution(String id, Executable function, byte[] inputJson, byte[] contextJson) {
  /** What a worker takes as an id. */
  private static final Pattern ID = Pattern.compile("[A-Za-z0-9_.-]{1,128}");

  /** By which two requests are known to be the same; the input counts by its hash. */
  record Identity(String id, FunctionKey function, int inputHash) {}

  public Execution {
    requireNonNull(id, "id");
    requireNonNull(function, "function");
    requireNonNull(inputJson, "inputJson");
    requireNonNull(contextJson, "contextJson");
    if (!ID.matcher(id).matches()) {
      throw new IllegalArgumentException(
          "An execution id has 1 to 128 letters, digits, dots, dashes and underscores");
    }
  }

  Identity identity() {
    return new Identity(id, function.key(), Arrays.hashCode(inputJson));
  }
}
