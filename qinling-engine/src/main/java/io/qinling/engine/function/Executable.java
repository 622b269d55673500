// SPDX-License-Identifier: Apache-2.0
package io.qinling.engine.function;

import java.time.Duration;

/** What an execution runs. */
public sealed interface Executable permits FunctionVersion, ImageFunction {
  /** Which function version it is. */
  FunctionKey key();

  /** Project that owns the function; empty when there are no projects. */
  String projectId();

  /** Longest run of one execution, positive. */
  Duration timeout();
}
