// SPDX-License-Identifier: Apache-2.0
package io.qinling.conf;

import io.quarkus.runtime.configuration.DurationConverter;
import io.smallrye.config.ConfigValidationException;
import io.smallrye.config.SmallRyeConfig;
import io.smallrye.config.SmallRyeConfigBuilder;
import java.time.Duration;
import java.util.ArrayList;
import java.util.regex.Pattern;

/** Reads sections as the framework does, for those who need them before or without it. */
public final class ConfSections {
  /** As SmallRye writes it. */
  private static final Pattern PROPERTY = Pattern.compile("property qinling\\.([^ ]+)\\.([^. ]+)");

  /** Above SmallRye's own converters, which have 100. */
  private static final int CONVERTER_PRIORITY = 200;

  private ConfSections() {}

  /**
   * Reads the files that {@link ConfArguments#apply} found, and what goes before them.
   *
   * @param sections interfaces with {@code @ConfigMapping}
   * @throws ConfException naming each option whose value is none of its type
   */
  public static SmallRyeConfig read(Class<?>... sections) {
    var builder =
        new SmallRyeConfigBuilder()
            .addDefaultInterceptors()
            .addDefaultSources()
            .withConverter(Duration.class, CONVERTER_PRIORITY, new DurationConverter())
            .withSources(new QinlingConfSource());
    for (var section : sections) {
      builder.withMapping(section);
    }
    try {
      return builder.build();
    } catch (ConfigValidationException wrong) {
      var problems = new ArrayList<String>();
      for (int i = 0; i < wrong.getProblemCount(); i++) {
        problems.add(words(wrong.getProblem(i).getMessage()));
      }
      throw new ConfException(String.join("; ", problems));
    }
  }

  /** Of SmallRye's sentence the option as operators know it, and the reason at its end. */
  private static String words(String problem) {
    var property = PROPERTY.matcher(problem);
    return property.find()
        ? "[%s] %s: %s"
            .formatted(
                property.group(1),
                property.group(2),
                problem.replaceFirst("(?s).* converted (SRCFG\\d+: )?", ""))
        : problem;
  }
}
