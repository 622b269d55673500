// SPDX-License-Identifier: Apache-2.0
package io.qinling.api.database;

import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.OptionalInt;
import java.util.regex.Pattern;

/**
 * {@code scheme://user:password@host:port/database?options}, taken apart. The password is
 * everything between the first colon and the last at sign, so that deployment tools need not encode
 * it; what is not percent-encoded as it should be stands for itself.
 *
 * @param host as it is written in a URL: an IPv6 address has its brackets
 * @param options in the order given, decoded
 */
record ServerAddress(
    String user,
    String password,
    String host,
    OptionalInt port,
    String database,
    Map<String, String> options) {
  private static final Pattern FORM =
      Pattern.compile(
          "[^:]+://(?:(?<user>[^:]*?)(?::(?<password>.*))?@)?"
              + "(?<host>\\[[0-9A-Fa-f:.%]+]|[^\\[\\]@:/?,]*)(?::(?<port>[0-9]{1,5}))?"
              + "/(?<database>[^/?@]+)(?:\\?(?<query>[^@]*))?");

  private static final Pattern STRAY_PERCENT = Pattern.compile("%(?![0-9A-Fa-f]{2})");

  static ServerAddress parse(String url) {
    var form = FORM.matcher(url);
    if (!form.matches()) {
      throw new DatabaseUrlException(
          "it must be scheme://user:password@host:port/database, with one host, and with %40, %3A and %2F for"
              + " @, : and / where they stand in a user's or a database's name");
    }
    if (form.group("user") == null || form.group("user").isEmpty()) {
      throw new DatabaseUrlException("it names no user");
    }
    var host = form.group("host");
    return new ServerAddress(
        decode(form.group("user")),
        form.group("password") == null ? "" : decode(form.group("password")),
        host.isEmpty() ? "localhost" : host,
        form.group("port") == null
            ? OptionalInt.empty()
            : OptionalInt.of(Integer.parseInt(form.group("port"))),
        decode(form.group("database")),
        options(form.group("query")));
  }

  private static Map<String, String> options(String query) {
    var options = new LinkedHashMap<String, String>();
    if (query != null) {
      for (var option : query.split("&", -1)) {
        int equals = option.indexOf('=');
        if (equals > 0) {
          options.put(
              decode(option.substring(0, equals)),
              decode(option.substring(equals + 1).replace("+", " ")));
        } else if (!option.isEmpty()) {
          throw new DatabaseUrlException("the option " + option + " has no value");
        }
      }
    }
    return options;
  }

  /** A plus sign is a plus sign, as in SQLAlchemy. */
  private static String decode(String text) {
    var encoded = STRAY_PERCENT.matcher(text).replaceAll("%25").replace("+", "%2B");
    return URLDecoder.decode(encoded, StandardCharsets.UTF_8);
  }

  /** Host and port as a URL has them. */
  String authority(int defaultPort) {
    return host + ":" + port.orElse(defaultPort);
  }

  @Override
  public String toString() {
    return host + "/" + database;
  }
}
