// SPDX-License-Identifier: Apache-2.0
package io.qinling.api.policy.language;

import static org.assertj.core.api.Assertions.assertThat;

import io.qinling.api.policy.Users;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/**
 * Compares the parser with rewriting: what is certain is replaced by its value until nothing is.
 */
class TestRuleParserAtRandom {
  private static final long SEED = 20_260_101;
  private static final int RULES = 20_000;
  private static final int LONGEST = 12;

  /** A letter for each word of the language, and ways to write it. */
  private static final Map<String, List<String>> WORDS =
      Map.of(
          "T", List.of("@", "role:member", "'p1':%(project_id)s"),
          "F", List.of("!", "role:admin", "5:6"),
          "&", List.of("and", "AND", "And"),
          "|", List.of("or", "OR", "oR"),
          "~", List.of("not", "NOT", "nOt"),
          "(", List.of("("),
          ")", List.of(")"));

  private final Random random = new Random(SEED);

  @Test
  void agreesWithRewriting() {
    int held = 0;
    int understood = 0;
    for (int i = 0; i < RULES; i++) {
      var letters = i % 2 == 0 ? anyWords() : wellFormed(4);
      var rule = write(letters);
      var value = rewrite(letters);

      var parsed = RuleParser.parse(rule);

      assertThat(parsed.errors().isEmpty()).as(rule).isEqualTo(value.isPresent());
      boolean holds = Rules.holds(parsed, Users.withRoles("member"), Users.PROJECT);
      assertThat(holds).as(rule).isEqualTo(value.orElse(false));
      held += holds ? 1 : 0;
      understood += value.isPresent() ? 1 : 0;
    }
    assertThat(understood).isBetween(RULES / 2, RULES * 3 / 4);
    assertThat(held).isBetween(RULES / 5, RULES / 2);
  }

  private String anyWords() {
    return random
        .ints(1 + random.nextInt(LONGEST), 0, WORDS.size())
        .mapToObj("TF&|~()"::charAt)
        .map(String::valueOf)
        .collect(Collectors.joining());
  }

  private String wellFormed(int depth) {
    return switch (depth == 0 ? random.nextInt(2) : random.nextInt(7)) {
      case 0 -> "T";
      case 1 -> "F";
      case 2, 3 -> wellFormed(depth - 1) + "&" + wellFormed(depth - 1);
      case 4 -> wellFormed(depth - 1) + "|" + wellFormed(depth - 1);
      case 5 -> "~" + wellFormed(depth - 1);
      default -> "(" + wellFormed(depth - 1) + ")";
    };
  }

  /** Blanks are needed between words, but for parentheses around one. */
  private String write(String letters) {
    var rule = new StringBuilder();
    for (int i = 0; i < letters.length(); i++) {
      var ways = WORDS.get(letters.substring(i, i + 1));
      boolean joined = i > 0 && (letters.charAt(i - 1) == '(' || letters.charAt(i) == ')');
      rule.append(joined && random.nextBoolean() ? "" : " ".repeat(1 + random.nextInt(2)));
      rule.append(ways.get(random.nextInt(ways.size())));
    }
    return rule.toString();
  }

  /** The value, if the letters have one. Or waits until its neighbours are done. */
  private static Optional<Boolean> rewrite(String letters) {
    var now = letters;
    String before;
    do {
      before = now;
      now = now.replace("~T", "F").replace("~F", "T").replaceAll("\\(([TF])\\)", "$1");
      if (now.equals(before)) {
        now = now.replaceFirst("T&T", "T");
      }
      if (now.equals(before)) {
        now = now.replaceFirst("[TF]&[TF]", "F");
      }
      if (now.equals(before)) {
        now = now.replaceFirst("(?<!&)F\\|F(?!&)", "F");
      }
      if (now.equals(before)) {
        now = now.replaceFirst("(?<!&)[TF]\\|[TF](?!&)", "T");
      }
    } while (!now.equals(before));
    return now.matches("[TF]") ? Optional.of(now.equals("T")) : Optional.empty();
  }
}
