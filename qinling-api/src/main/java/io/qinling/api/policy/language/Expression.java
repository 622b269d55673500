// SPDX-License-Identifier: Apache-2.0
package io.qinling.api.policy.language;

import java.util.List;
import java.util.function.BiFunction;
import java.util.stream.Stream;

/** A rule as written, before it is known what it refers to. Immutable. */
public sealed interface Expression {
  /** A check that is complete in itself. */
  record Leaf(Check check) implements Expression {}

  /** {@code rule:NAME}. */
  record Reference(String name) implements Expression {}

  /**
   * What cannot be understood. It does not hold, and neither does its negation, so that a mistake
   * opens nothing.
   */
  record Broken() implements Expression {}

  /** {@code A and B}. */
  record All(List<Expression> parts) implements Expression {
    public All {
      parts = List.copyOf(parts);
    }
  }

  /** {@code A or B}. */
  record Any(List<Expression> parts) implements Expression {
    public Any {
      parts = List.copyOf(parts);
    }
  }

  /** {@code not A}. */
  record Not(Expression part) implements Expression {}

  /** The names it refers to. */
  default Stream<String> references() {
    return switch (this) {
      case Leaf _, Broken _ -> Stream.empty();
      case Reference(var name) -> Stream.of(name);
      case All(var parts) -> parts.stream().flatMap(Expression::references);
      case Any(var parts) -> parts.stream().flatMap(Expression::references);
      case Not(var part) -> part.references();
    };
  }

  /**
   * Turns it into a check.
   *
   * @param affirmed whether the result is meant to hold, false below an odd number of negations
   * @param rules gives the check of a rule, for the name and the same meaning
   */
  default Check link(boolean affirmed, BiFunction<String, Boolean, Check> rules) {
    return switch (this) {
      case Leaf(var check) -> check;
      case Reference(var name) -> rules.apply(name, affirmed);
      case Broken _ -> affirmed ? Check.Constant.DENY : Check.Constant.ALLOW;
      case All(var parts) -> new Check.All(link(parts, affirmed, rules));
      case Any(var parts) -> new Check.Any(link(parts, affirmed, rules));
      case Not(var part) -> new Check.Not(part.link(!affirmed, rules));
    };
  }

  private static List<Check> link(
      List<Expression> parts, boolean affirmed, BiFunction<String, Boolean, Check> rules) {
    return parts.stream().map(part -> part.link(affirmed, rules)).toList();
  }
}
