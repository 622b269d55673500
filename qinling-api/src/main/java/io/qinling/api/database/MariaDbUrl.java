// SPDX-License-Identifier: Apache-2.0
package io.qinling.api.database;

import java.util.regex.Pattern;

/** The address of a MariaDB server for JDBC, from the options that PyMySQL knows. */
final class MariaDbUrl {
  private static final int DEFAULT_PORT = 3306;
  private static final String KNOWN =
      "charset, connect_timeout, ssl_ca, ssl_verify_cert, ssl_verify_identity and"
          + " ssl_check_hostname";

  /** The driver takes names and values as they stand. */
  private static final Pattern UNSAFE = Pattern.compile("[&?=;#\"'\\\\\\s]");

  /**
   * Set last, after what the server's init_connect says: texts are compared by their characters'
   * codes, nothing is cut silently, and times are UTC.
   */
  private static final String SESSION =
      "character_set_client=utf8mb4,character_set_results=utf8mb4,character_set_connection=utf8mb4,"
          + "collation_connection=utf8mb4_nopad_bin,time_zone='+00:00',"
          + "sql_mode='STRICT_TRANS_TABLES,NO_ZERO_DATE,NO_ZERO_IN_DATE,ERROR_FOR_DIVISION_BY_ZERO,"
          + "NO_ENGINE_SUBSTITUTION'";

  private MariaDbUrl() {}

  static DatabaseUrl of(ServerAddress address) {
    var options = new JdbcOptions(address.options());
    options.takeCharset("charset");
    options.takeFlag("use_unicode", true);
    options.passSeconds("connect_timeout", "connectTimeout", 1000);
    encryption(options);
    options.set("sessionVariables", SESSION);
    options.set("transactionIsolation", "READ-COMMITTED");
    options.set("allowLocalInfile", "false");
    options.set("tcpKeepAlive", "true");
    var query = options.query(KNOWN, value -> value);
    var server = address.authority(DEFAULT_PORT) + "/" + safe("database", address.database());
    return new DatabaseUrl(
        DatabaseKind.MARIADB,
        "jdbc:mariadb://" + server + "?" + query,
        address.user(),
        address.password());
  }

  /** With a certificate authority both its signature and the server's name count, as in PyMySQL. */
  private static void encryption(JdbcOptions options) {
    var authority = options.take("ssl_ca");
    boolean verified = options.takeFlag("ssl_verify_cert", authority != null);
    boolean identified = options.takeFlag("ssl_verify_identity", true);
    boolean named = options.takeFlag("ssl_check_hostname", true) && identified;
    if (authority != null) {
      options.set("serverSslCert", safe("ssl_ca", authority));
    }
    if (verified) {
      options.set("sslMode", named ? "verify-full" : "verify-ca");
    } else if (authority != null) {
      options.set("sslMode", "trust");
    }
  }

  private static String safe(String what, String value) {
    if (UNSAFE.matcher(value).find()) {
      throw new DatabaseUrlException(what + " has a character that is not supported there");
    }
    return value;
  }
}
