// SPDX-License-Identifier: Apache-2.0
/**
 * The errors that callers can see, and how they travel over HTTP and gRPC. Everything may throw a
 * {@link io.qinling.error.QinlingException}; only the edge classes translate it.
 */
package io.qinling.error;
