// SPDX-License-Identifier: Apache-2.0
package io.qinling.engine.storage;

import io.qinling.error.QinlingException;
import java.util.Map;
import java.util.Set;

/**
 * Which engines keep which packages, as all engines of a deployment know it. An engine that is away
 * stays a holder. Safe for use by any thread; methods block, and throw a {@link QinlingException}
 * UNAVAILABLE when the answer is not known, in which case a change may have been made all the same.
 */
public interface PackageHolders {
  void record(String digest, String engine, long size);

  /** Does nothing when it is not recorded. */
  void forget(String digest, String engine);

  void forgetAll(String digest);

  /** The names of the engines that keep a package. */
  Set<String> of(String digest);

  /** The names of the engines, for each package that one keeps. */
  Map<String, Set<String>> all();
}
