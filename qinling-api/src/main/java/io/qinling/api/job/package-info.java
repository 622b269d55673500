// SPDX-License-Identifier: Apache-2.0
/**
 * Jobs: functions that run at a time or by a pattern of times. The scheduler that starts them is
 * here too; nothing but the resource and the start of the process calls this package.
 */
package io.qinling.api.job;
