// SPDX-License-Identifier: Apache-2.0
package io.qinling.api.policy.language;

import io.qinling.api.identity.UserToken;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/**
 * What rules can ask of a caller, by its name in the language. The names are those that
 * oslo.context hands to policies. {@code is_admin} is not among them, so that the {@code
 * is_admin:1} of upstream's policy file never holds.
 */
public sealed interface Credential {
  /** A credential with one value. */
  non-sealed interface Text extends Credential {
    /** Null for a part that the token lacks: an Optional would be made for each question. */
    String of(UserToken token);
  }

  /** A credential with any number of values. */
  non-sealed interface Elements extends Credential {
    List<String> of(UserToken token);
  }

  /** The credential of a name; names with dots reach into others, and none has parts. */
  static Optional<Credential> named(String name) {
    return Optional.ofNullable(Known.BY_NAME.get(name));
  }

  /** All names, sorted. */
  static Set<String> names() {
    return Known.BY_NAME.keySet();
  }

  /** The table of names. */
  final class Known {
    private static final Map<String, Credential> BY_NAME = table();

    private Known() {}

    private static Map<String, Credential> table() {
      Map<String, Credential> table = new TreeMap<>();
      table.put("user_id", (Text) UserToken::userId);
      table.put("user_domain_id", (Text) token -> token.userDomainId().orElse(null));
      table.put("system_scope", (Text) token -> token.systemScope().orElse(null));
      table.put("domain_id", (Text) token -> token.domainId().orElse(null));
      table.put("project_id", (Text) token -> token.projectId().orElse(null));
      table.put("project_domain_id", (Text) token -> token.projectDomainId().orElse(null));
      table.put("roles", (Elements) UserToken::roles);
      table.put("is_admin_project", (Text) token -> token.isAdminProject() ? "True" : "False");
      table.put("service_user_id", ofService(UserToken.Service::userId));
      table.put("service_user_domain_id", ofService(it -> it.userDomainId().orElse(null)));
      table.put("service_project_id", ofService(it -> it.projectId().orElse(null)));
      table.put("service_project_domain_id", ofService(it -> it.projectDomainId().orElse(null)));
      table.put("service_roles", (Elements) Known::rolesOfService);
      return Collections.unmodifiableMap(table);
    }

    private static Text ofService(PartOfService part) {
      return token -> {
        var service = token.service();
        return service.isPresent() ? part.of(service.get()) : null;
      };
    }

    private static List<String> rolesOfService(UserToken token) {
      var service = token.service();
      return service.isPresent() ? service.get().roles() : List.of();
    }
  }

  /** Reads one part, null if the service's token lacks it. */
  @FunctionalInterface
  interface PartOfService {
    String of(UserToken.Service service);
  }
}
