// SPDX-License-Identifier: Apache-2.0
package io.qinling.api.policy.language;

import io.qinling.api.policy.language.Token.Kind;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;

/**
 * Reads rules as oslo.policy does: {@code not} binds tightest, then {@code and}, then {@code or},
 * in any case. A rule whose words cannot be put together is broken as a whole, a check that cannot
 * be understood is broken by itself.
 */
public final class RuleParser {
  /** Deep enough for people, and far from the end of a thread's stack. */
  private static final int DEEPEST = 100;

  private final CheckParser checks = new CheckParser();
  private final List<Token> tokens;
  private int next;
  private int depth;

  private RuleParser(List<Token> tokens) {
    this.tokens = tokens;
  }

  /** Reads a text; the empty one allows everyone. */
  public static Parsed parse(String text) {
    if (text.isEmpty()) {
      return allow();
    }
    return new RuleParser(Token.split(text)).parse();
  }

  /**
   * Reads the older form: one of the lists must hold, which is to say all of its checks. No lists
   * at all allow everyone; empty ones are passed over.
   */
  public static Parsed parse(List<List<String>> lists) {
    if (lists.isEmpty()) {
      return allow();
    }
    var checks = new CheckParser();
    List<Expression> any =
        lists.stream()
            .filter(all -> !all.isEmpty())
            .<Expression>map(all -> new Expression.All(all.stream().map(checks::parse).toList()))
            .toList();
    return checks.parsed(new Expression.Any(any));
  }

  private static Parsed allow() {
    return new Parsed(new Expression.Leaf(Check.Constant.ALLOW), List.of(), List.of());
  }

  private Parsed parse() {
    try {
      var expression = any();
      if (next < tokens.size()) {
        throw unexpected();
      }
      return checks.parsed(expression);
    } catch (IllegalArgumentException unclear) {
      return Parsed.broken(unclear.getMessage());
    }
  }

  private Expression any() {
    var parts = list(Kind.OR, this::all);
    return parts.size() == 1 ? parts.getFirst() : new Expression.Any(parts);
  }

  private Expression all() {
    var parts = list(Kind.AND, this::single);
    return parts.size() == 1 ? parts.getFirst() : new Expression.All(parts);
  }

  private List<Expression> list(Kind separator, Supplier<Expression> part) {
    List<Expression> parts = new ArrayList<>();
    do {
      parts.add(part.get());
    } while (consume(separator));
    return parts;
  }

  private Expression single() {
    if (++depth > DEEPEST) {
      throw new IllegalArgumentException("it is nested more than " + DEEPEST + " deep");
    }
    Expression found;
    if (consume(Kind.NOT)) {
      found = new Expression.Not(single());
    } else if (consume(Kind.OPEN)) {
      found = any();
      if (!consume(Kind.CLOSE)) {
        throw unexpected();
      }
    } else {
      found = check();
    }
    depth--;
    return found;
  }

  private Expression check() {
    if (next == tokens.size() || tokens.get(next).kind() != Kind.CHECK) {
      throw unexpected();
    }
    var text = tokens.get(next++).text();
    if (isQuoted(text)) {
      throw new IllegalArgumentException("the quoted text " + text + " is no check");
    }
    return checks.parse(text);
  }

  private static boolean isQuoted(String text) {
    char first = text.charAt(0);
    return text.length() > 1
        && (first == '\'' || first == '"')
        && text.charAt(text.length() - 1) == first;
  }

  private boolean consume(Kind kind) {
    boolean found = next < tokens.size() && tokens.get(next).kind() == kind;
    if (found) {
      next++;
    }
    return found;
  }

  private IllegalArgumentException unexpected() {
    return new IllegalArgumentException(
        next < tokens.size()
            ? "'" + tokens.get(next).text() + "' is out of place as word " + (next + 1)
            : "it ends too early");
  }
}
