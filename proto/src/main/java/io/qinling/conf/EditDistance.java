// SPDX-License-Identifier: Apache-2.0
package io.qinling.conf;

import static java.lang.Math.max;
import static java.lang.Math.min;
import static java.util.Comparator.comparingInt;

import java.util.Optional;
import java.util.stream.Stream;

/** How many slips of a typist part two words. */
public final class EditDistance {
  private static final int LETTERS_PER_SLIP = 4;

  private EditDistance() {}

  /** The known word that was probably meant; empty if none is near, with a slip per 4 letters. */
  public static Optional<String> nearest(String written, Stream<String> known) {
    int slips = max(1, written.length() / LETTERS_PER_SLIP);
    return known
        .filter(word -> between(written, word) <= slips)
        .sorted()
        .min(comparingInt(word -> between(written, word)));
  }

  /**
   * Damerau-Levenshtein in its restricted form (no letter is touched twice): inserted, dropped,
   * changed letters and swapped neighbours count one each.
   */
  static int between(String a, String b) {
    int[][] cost = new int[a.length() + 1][b.length() + 1];
    for (int i = 0; i <= a.length(); i++) {
      for (int j = 0; j <= b.length(); j++) {
        cost[i][j] = i == 0 || j == 0 ? i + j : step(cost, a, i, b, j);
      }
    }
    return cost[a.length()][b.length()];
  }

  private static int step(int[][] cost, String a, int i, String b, int j) {
    boolean same = a.charAt(i - 1) == b.charAt(j - 1);
    int best = min(cost[i - 1][j - 1] + (same ? 0 : 1), 1 + min(cost[i - 1][j], cost[i][j - 1]));
    boolean swapped =
        i > 1 && j > 1 && a.charAt(i - 1) == b.charAt(j - 2) && a.charAt(i - 2) == b.charAt(j - 1);
    return swapped ? min(best, cost[i - 2][j - 2] + 1) : best;
  }
}
