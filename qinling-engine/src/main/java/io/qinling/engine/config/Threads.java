// SPDX-License-Identifier: Apache-2.0
package io.qinling.engine.config;

import java.util.concurrent.ExecutorService;
import java.util.concurrent.ScheduledExecutorService;

/**
 * The threads of the engine beside the event loops.
 *
 * @param blocking a virtual thread for each task; for all that blocks
 * @param timer starts what is due; its tasks must not block
 */
public record Threads(ExecutorService blocking, ScheduledExecutorService timer) {}
