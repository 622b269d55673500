// SPDX-License-Identifier: Apache-2.0
package io.qinling.engine.coordination;

import static java.util.Objects.requireNonNull;

import io.qinling.engine.function.FunctionKey;

/**
 * A worker that serves a function version.
 *
 * @param worker name of the worker
 * @param function what it serves, and nothing else until its end
 * @param address {@code host:port} of the worker; for people
 * @param loads fingerprint of what it is loaded with, see {@link
 *     io.qinling.engine.function.FunctionVersion#fingerprint}
 */
public record Assignment(String worker, FunctionKey function, String address, String loads) {
  public Assignment {
    requireNonNull(worker, "worker");
    requireNonNull(function, "function");
    requireNonNull(address, "address");
    requireNonNull(loads, "loads");
    if (worker.isEmpty() || worker.indexOf('/') >= 0) {
      throw new IllegalArgumentException("The worker name " + worker + " is empty or has a slash");
    }
  }
}
