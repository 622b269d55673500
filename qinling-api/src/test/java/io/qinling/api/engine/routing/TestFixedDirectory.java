// SPDX-License-Identifier: Apache-2.0
package io.qinling.api.engine.routing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TestFixedDirectory {
  @Test
  void itHasTheEnginesThatAreNamed() {
    var directory = new FixedDirectory(List.of("a:1", " b.example.org:2 ", "[::1]:7071", "a:1"));

    assertThat(directory.engines())
        .extracting(EngineNode::address)
        .containsExactly("a:1", "b.example.org:2", "[::1]:7071");
  }

  @ParameterizedTest
  @ValueSource(strings = {"a", "a:", ":1", "a:0", "a:65536", "a:1:2", "http://a:1", "a b:1"})
  void whatIsNoAddressIsNamed(String wrong) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new FixedDirectory(List.of("a:1", wrong)))
        .withMessageContaining("[api] engines has " + wrong);
  }

  @Test
  void anOwnerIsRememberedUntilItTakesNoCall() {
    // Given
    var directory = new FixedDirectory(List.of("a:1", "b:1"));
    assertThat(directory.owner(RoutingFixture.KEY)).isEmpty();

    // When
    directory.learn(RoutingFixture.KEY, "c:1");

    // Then
    assertThat(directory.owner(RoutingFixture.KEY)).map(EngineNode::address).contains("c:1");
    directory.forget(RoutingFixture.KEY);
    assertThat(directory.owner(RoutingFixture.KEY)).isEmpty();
  }
}
