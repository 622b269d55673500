// SPDX-License-Identifier: Apache-2.0
package io.qinling.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.qinling.request.RequestId;
import org.jboss.logmanager.ExtLogRecord;
import org.jboss.logmanager.Level;
import org.junit.jupiter.api.Test;

class TestLogContext {
  private static String context(String shape, String request) {
    var line = new ExtLogRecord(Level.INFO, "text", "logger");
    if (request != null) {
      line.putMdc(RequestId.KEY, request);
    }
    assertThat(new LogContext(shape).isLoggable(line)).isTrue();
    return line.getMdc(LogContext.KEY);
  }

  @Test
  void aLineOfNoRequestHasADash() {
    assertThat(context("short", null)).isEqualTo("-");
    assertThat(context("long", null)).isEqualTo("-");
  }

  @Test
  void aLineOfARequestHasTheTokensThatFluentdCounts() {
    assertThat(context("short", "req-1")).matches("req-1( -){5}");
    assertThat(context("long", "req-1")).matches("None req-1( -){6}");
  }

  @Test
  void anotherShapeIsRefused() {
    assertThatThrownBy(() -> context("wide", null)).hasMessageContaining("log_context = wide");
  }
}
