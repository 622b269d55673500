// SPDX-License-Identifier: Apache-2.0
package io.qinling.api.instance;

/**
 * A process of qinling-api as it stands in the database.
 *
 * @param id made anew whenever the process enters itself
 * @param place where it runs and listens: no two processes that live have the same
 * @param beat goes up while it lives
 */
public record ApiInstance(String id, String place, long beat) {}
