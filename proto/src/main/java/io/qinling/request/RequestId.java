// SPDX-License-Identifier: Apache-2.0
package io.qinling.request;

import java.util.UUID;
import org.jboss.logging.MDC;

/**
 * The id of the request that is being served, in the form of OpenStack's services. It is kept with
 * what the log knows of the request, so that every line has it.
 */
public final class RequestId {
  /** Name of the header of answers. */
  public static final String HEADER = "X-Openstack-Request-Id";

  /** The key among what the log knows of a line. */
  public static final String KEY = "request_id";

  private RequestId() {}

  public static String create() {
    return "req-" + UUID.randomUUID();
  }

  /** Null outside of a request. */
  public static String current() {
    return (String) MDC.get(KEY);
  }

  /** Begins the request on its own context; an id of null changes nothing. */
  public static void set(String id) {
    if (id != null) {
      MDC.put(KEY, id);
    }
  }

  /** Does something as part of a request; an id of null is no request. */
  public static void within(String id, Runnable action) {
    var before = current();
    if (id == null || id.equals(before)) {
      action.run();
      return;
    }
    MDC.put(KEY, id);
    try {
      action.run();
    } finally {
      if (before == null) {
        MDC.remove(KEY);
      } else {
        MDC.put(KEY, before);
      }
    }
  }

  /** The same action as part of the current request, for use on another thread. */
  public static Runnable carrying(Runnable action) {
    var id = current();
    return id == null ? action : () -> within(id, action);
  }
}
