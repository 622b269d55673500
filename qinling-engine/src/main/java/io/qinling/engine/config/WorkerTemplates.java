// SPDX-License-Identifier: Apache-2.0
package io.qinling.engine.config;

import static java.util.stream.Collectors.toUnmodifiableMap;

import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.Toleration;
import io.fabric8.kubernetes.api.model.TolerationBuilder;
import io.qinling.engine.orchestrator.kubernetes.OldImages;
import io.qinling.engine.orchestrator.kubernetes.WorkerTemplate;
import io.quarkus.runtime.configuration.ConfigurationException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.eclipse.microprofile.config.Config;

/** Reads what the operator wants of workers: of all, and of those of single images. */
final class WorkerTemplates {
  private static final String COMMON = "kubernetes";
  private static final Pattern IMAGE = Pattern.compile("qinling\\.(kubernetes\\.[^.]+)\\.image");

  private final EngineConfig engine;
  private final KubernetesConfig config;
  private final Config all;

  WorkerTemplates(EngineConfig engine, KubernetesConfig config, Config all) {
    this.engine = engine;
    this.config = config;
    this.all = all;
  }

  /** What section {@code [kubernetes]} says. */
  WorkerTemplate common() {
    return template(COMMON);
  }

  /**
   * By image, what sections {@code [kubernetes.NAME]} say; what they lack is as in the common one.
   */
  Map<String, WorkerTemplate> byImage() {
    var templates = new TreeMap<String, WorkerTemplate>();
    for (var property : all.getPropertyNames()) {
      var named = IMAGE.matcher(property);
      if (named.matches()) {
        var image = all.getValue(property, String.class);
        if (templates.put(image, template(named.group(1))) != null) {
          throw new ConfigurationException("Two sections [kubernetes.NAME] have image = " + image);
        }
      }
    }
    return templates;
  }

  private WorkerTemplate template(String section) {
    var limits = new HashMap<String, Quantity>();
    for (var resource : List.of("cpu", "memory")) {
      var option = "worker_" + resource;
      value(section, option, String.class)
          .ifPresent(amount -> limits.put(resource, quantity(section, option, amount)));
    }
    try {
      return new WorkerTemplate(
          value(section, "replicas", Integer.class).orElse(config.replicas()),
          engine.functionConcurrency(),
          pairs(section, "labels"),
          pairs(section, "annotations"),
          pairs(section, "environment"),
          pairs(section, "node_selector"),
          list(section, "tolerations").stream().map(each -> toleration(section, each)).toList(),
          list(section, "image_pull_secrets"),
          value(section, "untrusted_runtime_class", String.class),
          Map.copyOf(limits),
          config.trustedCidrs().orElse(List.of()),
          new OldImages(Set.copyOf(config.oldImages().orElse(List.of())), engine.sidecarImage()));
    } catch (IllegalArgumentException wrong) {
      throw new ConfigurationException("[" + section + "] " + wrong.getMessage());
    }
  }

  private <T> Optional<T> value(String section, String option, Class<T> type) {
    return all.getOptionalValue(property(section, option), type)
        .or(() -> all.getOptionalValue(property(COMMON, option), type));
  }

  private List<String> list(String section, String option) {
    return all.getOptionalValues(property(section, option), String.class)
        .or(() -> all.getOptionalValues(property(COMMON, option), String.class))
        .orElse(List.of());
  }

  private static String property(String section, String option) {
    return "qinling." + section + "." + option;
  }

  private static Quantity quantity(String section, String option, String value) {
    try {
      var quantity = Quantity.parse(value);
      var _ = quantity.getNumericalAmount();
      return quantity;
    } catch (RuntimeException wrong) {
      throw new ConfigurationException(
          "[" + section + "] " + option + " = " + value + " is no quantity of Kubernetes");
    }
  }

  private Map<String, String> pairs(String section, String option) {
    return list(section, option).stream()
        .map(pair -> pair.split("=", 2))
        .peek(pair -> requirePair(section, option, pair))
        .collect(toUnmodifiableMap(pair -> pair[0].strip(), pair -> pair[1].strip()));
  }

  private static void requirePair(String section, String option, String[] pair) {
    if (pair.length != 2) {
      throw new ConfigurationException(
          "[" + section + "] " + option + " has " + pair[0] + ", which is not name=value");
    }
  }

  private static Toleration toleration(String section, String taint) {
    int colon = taint.lastIndexOf(':');
    if (colon < 1) {
      throw new ConfigurationException(
          "[" + section + "] tolerations has " + taint + ", which is not key=value:effect");
    }
    var keyAndValue = taint.substring(0, colon).split("=", 2);
    var toleration =
        new TolerationBuilder()
            .withKey(keyAndValue[0].strip())
            .withEffect(taint.substring(colon + 1).strip());
    return keyAndValue.length == 1
        ? toleration.withOperator("Exists").build()
        : toleration.withOperator("Equal").withValue(keyAndValue[1].strip()).build();
  }
}
