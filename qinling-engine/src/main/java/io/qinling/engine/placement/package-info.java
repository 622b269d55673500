// SPDX-License-Identifier: Apache-2.0
/**
 * Decides which worker runs an execution: free slots, queues and claims of each function version.
 * Plain Java, called by executions and by the worker calls of the gRPC edge.
 */
package io.qinling.engine.placement;
