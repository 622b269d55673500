// SPDX-License-Identifier: Apache-2.0
package io.qinling.api.identity;

import java.util.Optional;

/** Without authentication there is nobody to be trusted by. */
public final class NoTrusts implements Trusts {
  @Override
  public Optional<String> create(Caller caller) {
    return Optional.empty();
  }

  @Override
  public void delete(Caller caller, String trustId) {}

  @Override
  public Optional<TrustSession> session(String trustId) {
    return Optional.empty();
  }
}
