// SPDX-License-Identifier: Apache-2.0
package io.qinling.api.config;

import java.util.concurrent.ExecutorService;

/**
 * Work that no request waits for.
 *
 * @param executor a virtual thread for each task
 */
public record Background(ExecutorService executor) {}
