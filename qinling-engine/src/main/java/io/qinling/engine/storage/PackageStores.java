// SPDX-License-Identifier: Apache-2.0
package io.qinling.engine.storage;

/**
 * The two faces of what keeps packages.
 *
 * @param shared all packages of the deployment; for qinling-api and for workers
 * @param own what this engine keeps itself; for the other engines
 */
public record PackageStores(PackageStore shared, PackageStore own) {
  /** For a store in which all engines see the same, or that of a single engine. */
  public static PackageStores of(PackageStore store) {
    return new PackageStores(store, store);
  }
}
