// SPDX-License-Identifier: Apache-2.0
package io.qinling.engine.placement;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;

class TestSerial {
  private final Serial serial = new Serial();

  /** Touched by actions only, and not safe for use by several threads. */
  private final List<Integer> seen = new ArrayList<>();

  @Test
  void anActionOfAnActionRunsAfterIt() {
    serial.run(() -> {
      serial.run(() -> seen.add(2));
      seen.add(1);
    });

    assertThat(seen).containsExactly(1, 2);
  }

  @Test
  void actionsOfManyThreadsNeverOverlap() throws InterruptedException {
    // Given
    int threads = 4;
    int each = 20_000;
    var start = new CountDownLatch(1);
    var running = new ArrayList<Thread>();
    for (int t = 0; t < threads; t++) {
      running.add(
          Thread.ofPlatform()
              .start(() -> {
                try {
                  start.await();
                } catch (InterruptedException unexpected) {
                  throw new IllegalStateException(unexpected);
                }
                for (int i = 0; i < each; i++) {
                  serial.run(() -> seen.add(0));
                }
              }));
    }

    // When
    start.countDown();
    for (var thread : running) {
      thread.join();
    }

    // Then
    assertThat(seen).hasSize(threads * each);
  }

  @Test
  void aFailedActionDoesNotStopTheNext() {
    serial.run(() -> {
      throw new IllegalStateException("expected by the test");
    });
    serial.run(() -> seen.add(1));

    assertThat(seen).containsExactly(1);
  }
}
