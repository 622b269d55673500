// SPDX-License-Identifier: Apache-2.0
package io.qinling.conf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.qinling.etcd.EtcdConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TestConfSections {
  @TempDir Path folder;

  @AfterEach
  void forgetConfiguration() {
    System.clearProperty(ConfArguments.FILES_PROPERTY);
    System.clearProperty(ConfArguments.PROGRAM_PROPERTY);
  }

  @Test
  void valuesAreReadAsTheFrameworkDoes() throws IOException {
    use("[etcd]\nsession_ttl = 7s\nendpoints = a:1, b:2\n");

    var etcd = ConfSections.read(EtcdConfig.class).getConfigMapping(EtcdConfig.class);

    assertThat(etcd.sessionTtl()).isEqualTo(Duration.ofSeconds(7));
    assertThat(etcd.endpoints().orElseThrow()).containsExactly("a:1", "b:2");
    assertThat(etcd.protocol()).isEqualTo("https");
  }

  @Test
  void everyValueOfAnotherTypeIsNamed() throws IOException {
    use("[etcd]\nsession_ttl = soon\nport = many\n");

    assertThatExceptionOfType(ConfException.class)
        .isThrownBy(() -> ConfSections.read(EtcdConfig.class))
        .withMessageContaining("[etcd] session_ttl: ")
        .withMessageContaining("[etcd] port: Expected an integer value, got \"many\"")
        .withMessageNotContaining("SRCFG");
  }

  private void use(String conf) throws IOException {
    var file = Files.writeString(folder.resolve("qinling.conf"), conf);
    var _ = ConfArguments.apply("qinling-api", "--config-file", file.toString());
  }
}
