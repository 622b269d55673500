// SPDX-License-Identifier: Apache-2.0
package io.qinling.engine.orchestrator.kubernetes;

/**
 * What keeps the engine from using the cluster.
 *
 * @param advice what is wrong and which option corrects it; names no address or file, since
 *     everybody may read it
 * @param detail for the operator, or empty
 */
record Trouble(String advice, String detail) {
  /** One line for the log. */
  String line() {
    return detail.isEmpty() ? advice : advice + ": " + detail;
  }
}
