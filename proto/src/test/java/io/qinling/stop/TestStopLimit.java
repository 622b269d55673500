// SPDX-License-Identifier: Apache-2.0
package io.qinling.stop;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class TestStopLimit {
  @Test
  void aStopThatHangsEndsAsOneThatDoesNot() throws IOException, InterruptedException {
    // Given
    var java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
    var process =
        new ProcessBuilder(
                java,
                "-Djava.util.logging.manager=org.jboss.logmanager.LogManager",
                "-cp",
                System.getProperty("java.class.path"),
                Hanging.class.getName())
            .inheritIO()
            .start();

    try {
      // When
      var hasEnded = process.waitFor(1, TimeUnit.MINUTES);

      // Then
      assertThat(hasEnded).isTrue();
      assertThat(process.exitValue()).isEqualTo(143);
    } finally {
      process.destroyForcibly();
    }
  }

  /** A process whose stop does not end by itself. */
  static final class Hanging {
    private Hanging() {}

    public static void main(String... arguments) {
      Runtime.getRuntime().addShutdownHook(new Thread(Hanging::hang));
      StopLimit.begin(Duration.ZERO);
      System.exit(0);
    }

    private static void hang() {
      try {
        Thread.sleep(Duration.ofHours(1));
      } catch (InterruptedException unexpected) {
        Thread.currentThread().interrupt();
      }
    }
  }
}
