// SPDX-License-Identifier: Apache-2.0
package io.qinling.api.engine.routing;

import java.util.regex.Pattern;

/** The form of an engine's address: {@code host:port}, an IPv6 address in brackets. */
final class EngineAddress {
  private static final Pattern FORM =
      Pattern.compile("(?<host>[A-Za-z0-9._-]+|\\[[0-9A-Fa-f:.%a-z]+]):(?<port>[0-9]{1,5})");
  private static final int HIGHEST_PORT = 65535;

  private EngineAddress() {}

  static boolean isValid(String text) {
    var match = FORM.matcher(text);
    return match.matches() && isPort(Integer.parseInt(match.group("port")));
  }

  private static boolean isPort(int number) {
    return number > 0 && number <= HIGHEST_PORT;
  }
}
