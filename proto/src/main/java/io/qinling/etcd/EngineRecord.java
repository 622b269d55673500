// SPDX-License-Identifier: Apache-2.0
package io.qinling.etcd;

import static java.util.Objects.requireNonNull;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.Optional;

/**
 * An engine that lives, as it tells the others.
 *
 * @param name unique among the engines of a deployment
 * @param address {@code host:port} at which it is called
 * @param instance another one for each start of the process
 * @param version of the software
 * @param started when the process started, ISO 8601; for people
 * @param draining whether it finishes what it has and takes nothing new
 */
public record EngineRecord(
    String name,
    String address,
    String instance,
    String version,
    String started,
    boolean draining) {
  private static final ObjectMapper JSON = new ObjectMapper();

  public EngineRecord {
    requireNonNull(name, "name");
    requireNonNull(address, "address");
    requireNonNull(instance, "instance");
    if (name.isEmpty() || name.indexOf('/') >= 0) {
      throw new IllegalArgumentException("[engine] name = " + name + " is empty or has a slash");
    }
  }

  public EngineRecord asDraining() {
    return new EngineRecord(name, address, instance, version, started, true);
  }

  public String encode() {
    return JSON.createObjectNode()
        .put("address", address)
        .put("instance", instance)
        .put("version", version)
        .put("started", started)
        .put("draining", draining)
        .toString();
  }

  /** Empty for what is not an engine's key and value. */
  public static Optional<EngineRecord> decode(String key, String value) {
    if (!key.startsWith(Keys.ENGINES)) {
      return Optional.empty();
    }
    try {
      JsonNode json = JSON.readTree(value);
      if (!json.path("address").isTextual() || !json.path("instance").isTextual()) {
        return Optional.empty();
      }
      return Optional.of(
          new EngineRecord(
              key.substring(Keys.ENGINES.length()),
              json.get("address").textValue(),
              json.get("instance").textValue(),
              json.path("version").asText(),
              json.path("started").asText(),
              json.path("draining").asBoolean()));
    } catch (JsonProcessingException | IllegalArgumentException foreign) {
      return Optional.empty();
    }
  }
}
