// SPDX-License-Identifier: Apache-2.0
package io.qinling.api.keystone;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * The public endpoints of a catalogue in one region.
 *
 * @param endpoints addresses by the type of the service
 */
record Catalogue(Map<String, String> endpoints) {
  Catalogue {
    endpoints = Map.copyOf(endpoints);
  }

  /**
   * Reads {@code catalog}; of several endpoints of a type the first counts.
   *
   * @param region empty for any
   */
  static Catalogue read(JsonNode catalogue, Optional<String> region) {
    var endpoints = new HashMap<String, String>();
    for (var service : catalogue) {
      for (var endpoint : service.path("endpoints")) {
        if (isPublic(endpoint) && region.map(name -> isIn(name, endpoint)).orElse(true)) {
          endpoints.putIfAbsent(service.path("type").asText(), endpoint.path("url").asText());
        }
      }
    }
    return new Catalogue(endpoints);
  }

  Optional<String> publicEndpoint(String type) {
    return Optional.ofNullable(endpoints.get(type)).map(url -> url.replaceFirst("/+$", ""));
  }

  private static boolean isPublic(JsonNode endpoint) {
    return endpoint.path("interface").asText().equals("public");
  }

  private static boolean isIn(String region, JsonNode endpoint) {
    return region.equals(endpoint.path("region_id").asText())
        || region.equals(endpoint.path("region").asText());
  }
}
