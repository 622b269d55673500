// SPDX-License-Identifier: Apache-2.0
package io.qinling.api.policy.language;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** A word of a rule. Blanks part words; parentheses count as such only around a word. */
record Token(Kind kind, String text) {
  enum Kind {
    OPEN,
    CLOSE,
    AND,
    OR,
    NOT,
    CHECK
  }

  static List<Token> split(String text) {
    List<Token> tokens = new ArrayList<>();
    for (var word : text.strip().split("\\s+", -1)) {
      addWord(word, tokens);
    }
    return tokens;
  }

  private static void addWord(String word, List<Token> tokens) {
    int start = 0;
    while (start < word.length() && word.charAt(start) == '(') {
      start++;
      tokens.add(new Token(Kind.OPEN, "("));
    }
    int end = word.length();
    while (end > start && word.charAt(end - 1) == ')') {
      end--;
    }
    if (end > start) {
      var bare = word.substring(start, end);
      tokens.add(new Token(kind(bare), bare));
    }
    for (int i = end; i < word.length(); i++) {
      tokens.add(new Token(Kind.CLOSE, ")"));
    }
  }

  private static Kind kind(String word) {
    return switch (word.toLowerCase(Locale.ROOT)) {
      case "and" -> Kind.AND;
      case "or" -> Kind.OR;
      case "not" -> Kind.NOT;
      default -> Kind.CHECK;
    };
  }
}
