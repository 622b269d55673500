// SPDX-License-Identifier: Apache-2.0
package io.qinling.api.policy.language;

import io.qinling.conf.EditDistance;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** Reads single checks, {@code KIND:VALUE}, and collects what is to be said of them. */
final class CheckParser {
  /** In upstream's policy file, where it never holds either. */
  private static final String NEVER_SET = "is_admin";

  private final List<String> errors = new ArrayList<>();
  private final List<String> warnings = new ArrayList<>();

  Expression parse(String text) {
    return switch (text) {
      case "@" -> new Expression.Leaf(Check.Constant.ALLOW);
      case "!" -> new Expression.Leaf(Check.Constant.DENY);
      default -> {
        int colon = text.indexOf(':');
        yield colon < 0
            ? broken("'" + text + "' is no check: checks are written KIND:VALUE")
            : parse(text.substring(0, colon), text.substring(colon + 1));
      }
    };
  }

  private Expression parse(String kind, String value) {
    try {
      return switch (kind) {
        case "rule" -> new Expression.Reference(value);
        case "http", "https" ->
            broken("checks by " + kind + ": are not supported; decide by roles instead");
        default -> new Expression.Leaf(check(kind, Template.parse(value)));
      };
    } catch (IllegalArgumentException unclear) {
      return broken(unclear.getMessage());
    }
  }

  private Check check(String kind, Template value) {
    if (value.isHopeless()) {
      warnings.add(
          "objects have no properties but project_id and user_id, so that a check of "
              + kind
              + " never holds");
      return Check.Constant.DENY;
    }
    if (kind.equals("role")) {
      return new Check.HasRole(value);
    }
    var literal = Literals.text(kind);
    if (literal.isPresent()) {
      return new Check.IsLiteral(literal.get(), value);
    }
    return Credential.named(kind)
        .map(credential -> check(credential, value))
        .orElseGet(() -> unknown(kind));
  }

  private static Check check(Credential credential, Template value) {
    return switch (credential) {
      case Credential.Text text -> new Check.HasText(text, value);
      case Credential.Elements elements -> new Check.HasElement(elements, value);
    };
  }

  private Check unknown(String kind) {
    if (!kind.equals(NEVER_SET)) {
      var known = Stream.concat(Credential.names().stream(), Stream.of("role", "rule"));
      var hint =
          EditDistance.nearest(kind, known).map(near -> "; did you mean " + near + "?").orElse("");
      warnings.add("callers have no " + kind + ", so that a check of it never holds" + hint);
    }
    return Check.Constant.DENY;
  }

  Expression broken(String error) {
    errors.add(error);
    return new Expression.Broken();
  }

  Parsed parsed(Expression expression) {
    return new Parsed(expression, errors, warnings);
  }
}
