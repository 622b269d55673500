// SPDX-License-Identifier: Apache-2.0
package io.qinling.error;

import static java.util.Objects.requireNonNull;

/** An engine was asked for a function version that another one owns. Nothing was run. */
public final class NotOwnerException extends QinlingException {
  private final String ownerAddress;

  /**
   * @param ownerAddress {@code host:port} of the engine to ask instead; empty when it is not known,
   *     as when the owner has just gone
   */
  public NotOwnerException(String ownerAddress) {
    super(ErrorCode.NOT_OWNER, "Another engine owns the function version");
    this.ownerAddress = requireNonNull(ownerAddress, "ownerAddress");
  }

  public String ownerAddress() {
    return ownerAddress;
  }
}
