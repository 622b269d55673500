// SPDX-License-Identifier: Apache-2.0
package io.qinling.api.execution;

import io.qinling.api.database.DatabaseKind;
import io.qinling.api.database.TestDatabase;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.sql.SQLException;
import java.util.HashMap;
import java.util.Map;

/**
 * The tables of Qinling 5 at its last revision.
 *
 * @param byServices whether its services made them; they allow more NULLs than its migrations
 */
record UpstreamTables(DatabaseKind kind, boolean byServices) {
  void createIn(TestDatabase database) throws IOException, SQLException {
    String sql;
    try (var file = UpstreamTables.class.getResourceAsStream("upstream-schema.sql")) {
      sql = new String(file.readAllBytes(), StandardCharsets.UTF_8);
    }
    for (var word : words().entrySet()) {
      sql = sql.replace("{" + word.getKey() + "}", word.getValue());
    }
    database.script(sql);
  }

  private Map<String, String> words() {
    boolean mariaDb = kind == DatabaseKind.MARIADB;
    var words = new HashMap<String, String>();
    words.put("time", mariaDb ? "DATETIME" : "TIMESTAMP WITHOUT TIME ZONE");
    words.put("bool", mariaDb ? "TINYINT(1)" : "BOOLEAN");
    words.put("long", mariaDb ? "LONGTEXT" : "TEXT");
    words.put("table", mariaDb ? "ENGINE=InnoDB DEFAULT CHARSET=utf8mb3" : "");
    words.put("notnull", byServices ? "" : "NOT NULL");
    words.put("trusted", byServices ? "" : "DEFAULT TRUE NOT NULL");
    words.put("cascade", byServices ? "ON DELETE CASCADE" : "");
    words.put(
        "webhookkey", byServices ? ", FOREIGN KEY (function_id) REFERENCES functions (id)" : "");
    return words;
  }
}
