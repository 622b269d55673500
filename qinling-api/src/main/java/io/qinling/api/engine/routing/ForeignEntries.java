// SPDX-License-Identifier: Apache-2.0
package io.qinling.api.engine.routing;

import java.util.HashSet;
import java.util.Set;
import org.jboss.logging.Logger;

/**
 * Keys and values that no engine has written. Each pair is logged once, and only so many, since
 * whoever writes them could write any number. Used by several threads.
 */
final class ForeignEntries {
  private static final Logger LOG = Logger.getLogger(ForeignEntries.class);
  private static final int MOST = 1000;

  private record Entry(String key, String value) {}

  private final Set<Entry> logged = new HashSet<>();

  /** Returns whether it was logged. */
  synchronized boolean ignore(String key, String value) {
    if (logged.size() >= MOST || !logged.add(new Entry(key, value))) {
      return false;
    }
    LOG.warnf(
        "An entry in etcd is not of an engine's making and is ignored; remove it: key=%s", key);
    return true;
  }
}
