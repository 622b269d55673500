// SPDX-License-Identifier: Apache-2.0
package io.qinling.api.engine.routing;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class TestRendezvous {
  private static final int KEYS = 30_000;

  private static List<FunctionKey> keys() {
    var random = new Random(7);
    return IntStream.range(0, KEYS)
        .mapToObj(
            i -> new FunctionKey(new UUID(random.nextLong(), random.nextLong()).toString(), i % 3))
        .toList();
  }

  private static String first(FunctionKey key, List<String> engines) {
    var hash = Rendezvous.of(key);
    return engines.stream().max(Comparator.comparingLong(hash::score)).orElseThrow();
  }

  private static List<String> engines(int count) {
    return IntStream.rangeClosed(1, count).mapToObj(i -> "10.0.0." + i + ":7071").toList();
  }

  @Test
  void enginesOfSimilarNamesGetEqualShares() {
    for (int count : new int[] {2, 3, 5, 8}) {
      // When
      var shares = new HashMap<String, Integer>();
      keys().forEach(key -> shares.merge(first(key, engines(count)), 1, Integer::sum));

      // Then
      double fair = (double) KEYS / count;
      assertThat(shares).hasSize(count);
      assertThat(shares.values()).allMatch(share -> Math.abs(share - fair) < 0.06 * fair);
    }
  }

  @Test
  void versionsOfOneFunctionAreSpreadToo() {
    // When
    var shares = new HashMap<String, Integer>();
    for (int version = 0; version < 300; version++) {
      shares.merge(
          first(new FunctionKey(RoutingFixture.FUNCTION, version), engines(3)), 1, Integer::sum);
    }

    // Then
    assertThat(shares.values()).hasSize(3).allMatch(share -> share > 70);
  }

  @Test
  void onlyTheKeysOfAnEngineThatGoesMove() {
    // Given
    var all = engines(5);
    var rest = new ArrayList<>(all);
    var gone = rest.remove(2);

    // When, then
    for (var key : keys()) {
      var before = first(key, all);
      if (!before.equals(gone)) {
        assertThat(first(key, rest)).isEqualTo(before);
      }
    }
  }
}
