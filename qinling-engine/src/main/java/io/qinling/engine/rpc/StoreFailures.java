// SPDX-License-Identifier: Apache-2.0
package io.qinling.engine.rpc;

import io.qinling.error.ErrorCode;
import io.qinling.error.QinlingException;
import java.io.IOException;
import org.jboss.logging.Logger;

/** What it means to a caller that a package cannot be written or read. */
final class StoreFailures {
  private static final Logger LOG = Logger.getLogger(StoreFailures.class);

  private StoreFailures() {}

  /** A full disk is not a defect, and ends when somebody makes room. */
  static RuntimeException explain(Exception failure) {
    return switch (failure) {
      case IOException unusable -> {
        LOG.errorf(
            "The package store is full or cannot be used; make room in [storage] file_system_dir:"
                + " reason=%s",
            unusable);
        yield new QinlingException(
            ErrorCode.UNAVAILABLE,
            "The engine's package store is full or cannot be used",
            unusable);
      }
      case RuntimeException other -> other;
      default -> new IllegalStateException(failure);
    };
  }
}
