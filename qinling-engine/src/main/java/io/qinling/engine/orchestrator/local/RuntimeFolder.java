// SPDX-License-Identifier: Apache-2.0
package io.qinling.engine.orchestrator.local;

import java.nio.file.Path;
import java.util.List;

/**
 * A runtime that this host can start.
 *
 * @param name name of its folder
 * @param folder a copy that workers may read
 * @param command starts a worker when run in the folder
 * @param memoryOverhead bytes that an execution needs before it runs any of the function's code
 */
record RuntimeFolder(String name, Path folder, List<String> command, long memoryOverhead) {
  RuntimeFolder {
    command = List.copyOf(command);
  }
}
