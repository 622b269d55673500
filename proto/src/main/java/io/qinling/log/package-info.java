// SPDX-License-Identifier: Apache-2.0
/**
 * The log as operators of OpenStack know it: files and lines of oslo.log, from the options of
 * section {@code [DEFAULT]}. Quarkus finds what is here by itself, in both services.
 */
package io.qinling.log;
