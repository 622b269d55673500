// SPDX-License-Identifier: Apache-2.0
package io.qinling.api.database;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** The address of a PostgreSQL server for JDBC, from the options that libpq knows. */
final class PostgreSqlUrl {
  private static final int DEFAULT_PORT = 5432;
  private static final String KNOWN =
      "client_encoding, connect_timeout, application_name, sslmode and sslrootcert";
  private static final List<String> SSL_MODES =
      List.of("disable", "allow", "prefer", "require", "verify-ca", "verify-full");

  private PostgreSqlUrl() {}

  static DatabaseUrl of(ServerAddress address) {
    var options = new JdbcOptions(address.options());
    options.takeCharset("client_encoding");
    options.passSeconds("connect_timeout", "connectTimeout", 1);
    var name = options.take("application_name");
    options.set("ApplicationName", name == null ? "qinling" : name);
    encryption(options);
    options.set("options", "-c default_transaction_isolation=read\\ committed");
    options.set("reWriteBatchedInserts", "true");
    options.set("tcpKeepAlive", "true");
    var query = options.query(KNOWN, PostgreSqlUrl::encode);
    return new DatabaseUrl(
        DatabaseKind.POSTGRESQL,
        "jdbc:postgresql://"
            + address.authority(DEFAULT_PORT)
            + "/"
            + encode(address.database())
            + "?"
            + query,
        address.user(),
        address.password());
  }

  private static void encryption(JdbcOptions options) {
    var mode = options.take("sslmode");
    var authority = options.take("sslrootcert");
    if (mode != null && !SSL_MODES.contains(mode)) {
      throw new DatabaseUrlException(
          "the option sslmode must be one of " + String.join(", ", SSL_MODES));
    }
    if (authority != null) {
      options.set("sslrootcert", authority);
    }
    if (mode != null) {
      // As libpq: a given authority is also asked.
      options.set("sslmode", mode.equals("require") && authority != null ? "verify-ca" : mode);
    }
  }

  private static String encode(String value) {
    return URLEncoder.encode(value, StandardCharsets.UTF_8).replace("+", "%20");
  }
}
