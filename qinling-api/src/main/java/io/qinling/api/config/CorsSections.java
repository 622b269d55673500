// SPDX-License-Identifier: Apache-2.0
package io.qinling.api.config;

import io.qinling.api.http.Cors;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.eclipse.microprofile.config.Config;

/** Section {@code [cors]}, and sections {@code [cors.NAME]}, which take from it what they lack. */
final class CorsSections {
  private static final Pattern NAMED = Pattern.compile("(qinling\\.cors\\.[^.]+)\\.allowed_origin");

  private CorsSections() {}

  static Cors read(CorsConfig main, Config all) {
    var sites = new ArrayList<Cors.Site>();
    sites.add(
        new Cors.Site(
            new HashSet<>(main.allowedOrigin().orElse(List.of())),
            main.allowCredentials(),
            main.maxAge(),
            main.exposeHeaders(),
            new HashSet<>(main.allowMethods()),
            new HashSet<>(main.allowHeaders())));
    var names = new TreeSet<String>();
    for (var property : all.getPropertyNames()) {
      var named = NAMED.matcher(property);
      if (named.matches()) {
        names.add(named.group(1));
      }
    }
    for (var section : names) {
      sites.add(
          new Cors.Site(
              new HashSet<>(list(all, section + ".allowed_origin").orElse(List.of())),
              all.getOptionalValue(section + ".allow_credentials", Boolean.class)
                  .orElse(main.allowCredentials()),
              all.getOptionalValue(section + ".max_age", Integer.class).orElse(main.maxAge()),
              list(all, section + ".expose_headers").orElse(main.exposeHeaders()),
              new HashSet<>(list(all, section + ".allow_methods").orElse(main.allowMethods())),
              new HashSet<>(list(all, section + ".allow_headers").orElse(main.allowHeaders()))));
    }
    return new Cors(sites);
  }

  private static Optional<List<String>> list(Config all, String property) {
    return all.getOptionalValues(property, String.class);
  }
}
