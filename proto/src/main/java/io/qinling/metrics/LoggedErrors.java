// SPDX-License-Identifier: Apache-2.0
package io.qinling.metrics;

import static java.util.stream.Collectors.toUnmodifiableMap;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.List;
import java.util.Map;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.stream.Stream;

/**
 * Counts what a service logs as a warning or an error, by the component that logs it: each trouble
 * is logged once. Costs nothing while there is none.
 */
public final class LoggedErrors extends Handler {
  private static final String OTHER = "other";

  private record Counts(Counter warnings, Counter errors) {}

  private final String prefix;
  private final Map<String, Counts> byComponent;

  /**
   * @param service the package of the service
   * @param components the names of its packages; what others log counts as "other"
   */
  public LoggedErrors(MeterRegistry registry, String service, List<String> components) {
    this.prefix = service + ".";
    this.byComponent =
        Stream.concat(components.stream(), Stream.of(OTHER))
            .collect(toUnmodifiableMap(name -> name, name -> counts(registry, name)));
    setLevel(Level.WARNING);
  }

  private static Counts counts(MeterRegistry registry, String component) {
    return new Counts(
        counter(registry, component, "warning"), counter(registry, component, "error"));
  }

  private static Counter counter(MeterRegistry registry, String component, String level) {
    return Counter.builder("qinling.errors")
        .description("Warnings and errors in the log")
        .tag("component", component)
        .tag("level", level)
        .register(registry);
  }

  @Override
  public void publish(LogRecord event) {
    if (isLoggable(event)) {
      var counts = byComponent.getOrDefault(component(event), byComponent.get(OTHER));
      boolean isError = event.getLevel().intValue() > Level.WARNING.intValue();
      (isError ? counts.errors() : counts.warnings()).increment();
    }
  }

  private String component(LogRecord event) {
    var logger = event.getLoggerName();
    return logger != null && logger.startsWith(prefix)
        ? logger.substring(prefix.length()).split("\\.", 2)[0]
        : OTHER;
  }

  @Override
  public void flush() {}

  @Override
  public void close() {}
}
