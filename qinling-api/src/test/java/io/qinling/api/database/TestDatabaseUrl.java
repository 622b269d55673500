// SPDX-License-Identifier: Apache-2.0
package io.qinling.api.database;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TestDatabaseUrl {
  @Test
  void aFileIsNamedAsWithSqlite() {
    assertThat(DatabaseUrl.parse("h2:////var/lib/q").jdbc()).startsWith("jdbc:h2:file:/var/lib/q;");
    assertThat(DatabaseUrl.parse("h2:///data/q").jdbc())
        .startsWith("jdbc:h2:file:" + Path.of("data/q").toAbsolutePath() + ";");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "h2:///", "oracle://x", "sqlite:///qinling.sqlite"})
  void whatIsNotUnderstoodIsNamed(String connection) {
    assertThatThrownBy(() -> DatabaseUrl.parse(connection))
        .hasMessageContaining("[database] connection");
  }
}
