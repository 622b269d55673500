// SPDX-License-Identifier: Apache-2.0
package io.qinling.api.identity;

import io.vertx.ext.web.RoutingContext;

/** Carries the caller from the place where a request is authenticated to its resource. */
public final class Callers {
  private static final String KEY = Caller.class.getName();

  private Callers() {}

  public static void set(RoutingContext request, Caller caller) {
    request.put(KEY, caller);
  }

  /** The caller of a request that was authenticated; a request that was not is a defect. */
  public static Caller of(RoutingContext request) {
    Caller caller = request.get(KEY);
    if (caller == null) {
      throw new IllegalStateException("The request was not authenticated");
    }
    return caller;
  }
}
