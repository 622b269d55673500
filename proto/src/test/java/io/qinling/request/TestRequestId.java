// SPDX-License-Identifier: Apache-2.0
package io.qinling.request;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class TestRequestId {
  @AfterEach
  void noRequestIsLeft() {
    assertThat(RequestId.current()).isNull();
  }

  @Test
  void idsHaveTheFormOfOpenStack() {
    assertThat(RequestId.create())
        .matches("req-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
        .isNotEqualTo(RequestId.create());
  }

  @Test
  void whatIsDoneWithinARequestKnowsItAndNothingAfterwards() {
    var seen = new ArrayList<String>();

    RequestId.within(
        "req-1",
        () -> {
          seen.add(RequestId.current());
          RequestId.within("req-2", () -> seen.add(RequestId.current()));
          seen.add(RequestId.current());
        });

    assertThat(seen).containsExactly("req-1", "req-2", "req-1");
  }

  @Test
  void anActionTakesItsRequestToAnotherThread() throws InterruptedException {
    var seen = new ArrayList<String>();
    var carried = new Runnable[1];

    RequestId.within(
        "req-1", () -> carried[0] = RequestId.carrying(() -> seen.add(RequestId.current())));
    Thread.ofVirtual().start(carried[0]).join();

    assertThat(seen).containsExactly("req-1");
  }
}
