// SPDX-License-Identifier: Apache-2.0
package io.qinling.request;

import java.util.UUID;

/**
 * The id of the request that is being served, in the form of OpenStack's services. It is kept with
 * what the log knows of the request, so that every line has it.
 */
public final class RequestId {
  /** Name of the header of answers. */
  public static final String HEADER = "X-Openstack-Request-Id";

  /** The key among what the log knows of a line. */
  public static final String KEY = "request_id";

  private static final Carried<String> ID = new Carried<>(KEY);

  private RequestId() {}

  public static String create() {
    return "req-" + UUID.randomUUID();
  }

  /** Null outside of a request. */
  public static String current() {
    return ID.current();
  }

  /** Begins the request on its own context; an id of null changes nothing. */
  public static void set(String id) {
    ID.set(id);
  }

  /** Does something as part of a request; an id of null is no request. */
  public static void within(String id, Runnable action) {
    ID.within(id, action);
  }

  /** The same action as part of the current request, for use on another thread. */
  public static Runnable carrying(Runnable action) {
    return ID.carrying(action);
  }
}
