// SPDX-License-Identifier: Apache-2.0
/** Executions: accepting, running, listing and recovering them. */
package io.qinling.api.execution;
