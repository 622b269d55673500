// SPDX-License-Identifier: Apache-2.0
package io.qinling.api.config;

import io.quarkus.runtime.configuration.ConfigurationException;
import java.nio.file.Path;

/**
 * The database as operators name it, {@code [database] connection}, in the form of SQLAlchemy.
 * {@code h2:///path} is a file, relative as with SQLite, {@code h2:////path} one from the root.
 */
record DatabaseUrl(String jdbc) {
  private static final String H2 = "h2:///";

  /**
   * @throws ConfigurationException when the form or the database is not known
   */
  static DatabaseUrl parse(String connection) {
    if (!connection.startsWith(H2) || connection.length() == H2.length()) {
      throw new ConfigurationException(
          "[database] connection is not understood; known: h2:///relative/path, h2:////absolute/path");
    }
    var file = Path.of(connection.substring(H2.length())).toAbsolutePath();
    // The journal decides when to write: see JournalWriter.
    return new DatabaseUrl("jdbc:h2:file:" + file + ";DB_CLOSE_ON_EXIT=FALSE;NON_KEYWORDS=COUNT");
  }
}
