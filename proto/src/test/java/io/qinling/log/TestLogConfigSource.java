// SPDX-License-Identifier: Apache-2.0
package io.qinling.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.qinling.conf.ConfArguments;
import io.quarkus.runtime.configuration.ConfigurationException;
import io.smallrye.config.PropertiesConfigSource;
import io.smallrye.config.SmallRyeConfig;
import io.smallrye.config.SmallRyeConfigBuilder;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class TestLogConfigSource {
  @BeforeEach
  void nameTheProgram() {
    System.setProperty(ConfArguments.PROGRAM_PROPERTY, "qinling-engine");
  }

  @AfterEach
  void forgetTheProgram() {
    System.clearProperty(ConfArguments.PROGRAM_PROPERTY);
  }

  private static SmallRyeConfig config(Map<String, String> options) {
    return new SmallRyeConfigBuilder()
        .addDefaultInterceptors()
        .withSources(new PropertiesConfigSource(options, "options", 275))
        .withSources(new LogConfigSource())
        .build();
  }

  private static String value(SmallRyeConfig config, String name) {
    return config.getConfigValue("quarkus.log." + name).getValue();
  }

  @Test
  void withoutAFolderTheOutputHasEverything() {
    // When
    var config = config(Map.of("qinling.default.debug", "false"));
    // Then
    assertThat(value(config, "file.enabled")).isNull();
    assertThat(value(config, "console.level")).isNull();
    assertThat(value(config, "category.\"io.qinling\".level")).isNull();
  }

  @Test
  void aFolderHasAFileOfTheProgramsNameAndTheOutputOnlyWarnings() {
    // When
    var config = config(Map.of("qinling.default.log_dir", "/var/log/$x"));
    // Then
    assertThat(value(config, "file.enabled")).isEqualTo("true");
    assertThat(value(config, "file.path")).isEqualTo("/var/log/$x/qinling-engine.log");
    assertThat(value(config, "console.level")).isEqualTo("WARN");
  }

  @Test
  void aFileIsInTheFolderUnlessItIsAbsolute() {
    var relative = Map.of("qinling.default.log_dir", "/d", "qinling.default.log_file", "f.log");
    var absolute = Map.of("qinling.default.log_dir", "/d", "qinling.default.log_file", "/e/f");
    assertThat(value(config(relative), "file.path")).isEqualTo("/d/f.log");
    assertThat(value(config(absolute), "file.path")).isEqualTo("/e/f");
  }

  @Test
  void theOutputHasEverythingTooWhenThatIsWanted() {
    var options = Map.of("qinling.default.log_dir", "/d", "qinling.default.use_stderr", "True");
    assertThat(value(config(options), "console.level")).isNull();
  }

  @Test
  void levelsHaveTheNamesOfOslo() {
    // When
    var config =
        config(
            Map.of(
                "qinling.default.debug", "True",
                "qinling.default.default_log_levels", "io.netty=WARNING, io.grpc = INFO"));
    // Then
    assertThat(value(config, "category.\"io.qinling\".level")).isEqualTo("DEBUG");
    assertThat(value(config, "category.\"io.netty\".level")).isEqualTo("WARN");
    assertThat(value(config, "category.\"io.grpc\".level")).isEqualTo("INFO");
  }

  @Test
  void aLevelOfNoLoggerIsRefused() {
    assertThatThrownBy(() -> config(Map.of("qinling.default.default_log_levels", "WARN")))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("default_log_levels")
        .hasMessageContaining("WARN");
  }
}
