// SPDX-License-Identifier: Apache-2.0
package io.qinling.log;

import io.qinling.request.RequestId;
import io.quarkus.logging.LoggingFilter;
import java.util.logging.Filter;
import java.util.logging.LogRecord;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.jboss.logmanager.ExtLogRecord;

/**
 * Lets every line through, with {@code %X{context}} as oslo.log has it: a dash, or the id of the
 * request and who made it, of whom nothing is told.
 */
@LoggingFilter(name = "context")
public final class LogContext implements Filter {
  static final String KEY = "context";

  private final String before;
  private final String after;

  /**
   * @param shape see {@link LogConfig#logContext}
   */
  public LogContext(
      @ConfigProperty(name = "qinling.default.log_context", defaultValue = "short") String shape) {
    switch (shape) {
      case "short" -> {
        before = "";
        after = " - - - - -";
      }
      case "long" -> {
        before = "None ";
        after = " - - - - - -";
      }
      default ->
          throw new IllegalArgumentException(
              "[DEFAULT] log_context = " + shape + " is neither short nor long");
    }
  }

  @Override
  public boolean isLoggable(LogRecord line) {
    if (line instanceof ExtLogRecord extended) {
      var id = extended.getMdc(RequestId.KEY);
      extended.putMdc(KEY, id == null ? "-" : before + id + after);
    }
    return true;
  }
}
