// SPDX-License-Identifier: Apache-2.0
package io.qinling.request;

import org.jboss.logging.MDC;

/**
 * Something of a request that its work has on whichever thread it is done. It is kept with what the
 * log knows of the request.
 *
 * @param <T> what it is
 */
public final class Carried<T> {
  private final String key;

  /**
   * @param key among what the log knows, which nothing else has
   */
  public Carried(String key) {
    this.key = key;
  }

  /** Null outside of a request. */
  @SuppressWarnings("unchecked")
  public T current() {
    return (T) MDC.get(key);
  }

  /** Sets it for the request's own context; null changes nothing. */
  public void set(T value) {
    if (value != null) {
      MDC.put(key, value);
    }
  }

  /** Does something as part of a request; null is no request. */
  public void within(T value, Runnable action) {
    var before = current();
    if (value == null || value.equals(before)) {
      action.run();
      return;
    }
    MDC.put(key, value);
    try {
      action.run();
    } finally {
      if (before == null) {
        MDC.remove(key);
      } else {
        MDC.put(key, before);
      }
    }
  }

  /** The same action as part of the current request, for use on another thread. */
  public Runnable carrying(Runnable action) {
    var value = current();
    return value == null ? action : () -> within(value, action);
  }
}
