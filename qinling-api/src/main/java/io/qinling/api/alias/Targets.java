// SPDX-License-Identifier: Apache-2.0
package io.qinling.api.alias;

import io.qinling.api.function.FunctionRecord;
import io.qinling.api.function.Functions;
import io.qinling.api.identity.Caller;
import io.qinling.error.ErrorCode;
import io.qinling.error.QinlingException;
import java.util.Optional;

/** Finds the function version that a request names, by an alias or directly. */
public final class Targets {
  private final Functions functions;

  public Targets(Functions functions) {
    this.functions = functions;
  }

  /**
   * A function version.
   *
   * @param version 0 for the latest code
   */
  public record Target(FunctionRecord function, int version) {}

  /**
   * Finds what exists for the caller; what another api process changed may be a second old.
   *
   * @param alias wins over the function
   * @throws QinlingException INVALID_INPUT without alias and function; NOT_FOUND when the alias,
   *     its function or the version does not exist for the caller
   */
  public Target find(
      Caller caller, Optional<String> alias, Optional<String> functionId, int version) {
    if (alias.isPresent()) {
      throw new QinlingException(
          ErrorCode.NOT_FOUND, "FunctionAlias not found [name=" + alias.get() + "]");
    }
    var id =
        functionId.orElseThrow(() ->
            new QinlingException(
                ErrorCode.INVALID_INPUT, "Either function_alias or function_id must be provided."));
    var function = functions.getCached(caller, id);
    if (version != 0) {
      throw new QinlingException(
          ErrorCode.NOT_FOUND,
          "FunctionVersion not found [function_id=" + id + ", version_number=" + version + "]");
    }
    return new Target(function, version);
  }
}
