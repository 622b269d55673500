// SPDX-License-Identifier: Apache-2.0
package io.qinling.engine.coordination.etcd;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.qinling.engine.coordination.Assignment;
import io.qinling.engine.function.FunctionKey;
import io.qinling.etcd.Keys;
import java.util.Optional;
import org.jboss.logging.Logger;

/** How assignments stand in etcd. */
final class Assignments {
  private static final Logger LOG = Logger.getLogger(Assignments.class);
  private static final ObjectMapper JSON = new ObjectMapper();

  private Assignments() {}

  static String key(Assignment assignment) {
    var function = assignment.function();
    return Keys.workers(function.functionId(), function.version()) + assignment.worker();
  }

  static String encode(Assignment assignment) {
    return JSON.createObjectNode()
        .put("address", assignment.address())
        .put("loads", assignment.loads())
        .toString();
  }

  /** Empty for what is not an assignment. */
  static Optional<Assignment> decode(String worker, FunctionKey function, String value) {
    try {
      var json = JSON.readTree(value);
      if (json.path("address").isTextual() && json.path("loads").isTextual()) {
        return Optional.of(
            new Assignment(
                worker, function, json.get("address").asText(), json.get("loads").asText()));
      }
    } catch (JsonProcessingException | IllegalArgumentException foreign) {
      LOG.debug("A value is no assignment", foreign);
    }
    LOG.warnf("A worker in etcd is not understood and is left alone: %s of %s", worker, function);
    return Optional.empty();
  }
}
