// SPDX-License-Identifier: Apache-2.0
package io.qinling.engine.storage;

import java.io.IOException;
import java.util.Set;

/** A store that is this engine's alone, so that other engines may lack what it has. */
public interface OwnPackages extends PackageStore {
  /** The digests of all packages that it has. */
  Set<String> digests() throws IOException;
}
