// SPDX-License-Identifier: Apache-2.0
package io.qinling.api.engine.routing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.awaitility.Awaitility.await;

import io.grpc.Status;
import io.qinling.api.engine.EngineCall;
import io.qinling.error.ErrorCode;
import io.qinling.error.QinlingException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What one engine's client knows of a call that has no answer. */
class TestLostConnection {
  private final RoutingFixture fixture = new RoutingFixture();
  private final ServedEngine engine = fixture.serve();

  @AfterEach
  void stop() {
    fixture.close();
  }

  private ErrorCode failure(EngineNode node, Duration patience) {
    return failure(node, RoutingFixture.call(), patience);
  }

  private ErrorCode failure(EngineNode node, EngineCall call, Duration patience) {
    return catchThrowableOfType(
            QinlingException.class, () -> fixture.clients.engine(node).execute(call, patience))
        .code();
  }

  @Test
  void aKilledEngineMayHaveRunWhatItWasSent() {
    // Given
    engine.execute = ServedEngine.SILENCE;
    var call = RoutingFixture.call();
    var failure =
        CompletableFuture.supplyAsync(
            () -> failure(engine.node("a"), call, Duration.ofSeconds(20)),
            task -> Thread.ofVirtual().start(task));
    await().until(() -> engine.executed.contains(call.executionId()));

    // When
    engine.close();

    // Then
    assertThat(failure.join()).isEqualTo(ErrorCode.LOST);
  }

  @Test
  void anEngineThatWasNeverThereHasRunNothing() {
    engine.close();

    assertThat(failure(engine.node("a"), Duration.ofSeconds(20))).isEqualTo(ErrorCode.UNAVAILABLE);
  }

  @Test
  void anEngineThatTookTheConnectionAndHangsHasRunNothing() throws IOException {
    try (var silent = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
      var hanging = EngineNode.at("127.0.0.1:" + silent.getLocalPort());

      assertThat(failure(hanging, Duration.ofSeconds(20))).isEqualTo(ErrorCode.UNAVAILABLE);
    }
  }

  @Test
  void anEngineThatDoesNotAnswerInTimeMayHaveRunIt() {
    engine.execute = ServedEngine.SILENCE;

    assertThat(failure(engine.node("a"), Duration.ofSeconds(1))).isEqualTo(ErrorCode.TIMEOUT);
  }

  @ParameterizedTest
  @EnumSource(names = {"UNAVAILABLE", "OVERLOADED", "NOT_OWNER", "CONFLICT", "INVALID_INPUT"})
  void whatTheEngineItselfSaysIsBelieved(ErrorCode said) {
    engine.execute =
        id -> {
          throw new QinlingException(said, said.name());
        };

    assertThat(failure(engine.node("a"), Duration.ofSeconds(20))).isEqualTo(said);
  }

  @ParameterizedTest
  @EnumSource(names = {"UNAVAILABLE", "INTERNAL", "CANCELLED", "UNKNOWN"})
  void whatSomethingBetweenSaysDoesNotMeanThatNothingRan(Status.Code said) {
    engine.execute =
        id -> {
          throw new ServedEngine.BrokenConnection(said);
        };

    assertThat(failure(engine.node("a"), Duration.ofSeconds(20))).isEqualTo(ErrorCode.LOST);
  }

  @ParameterizedTest
  @EnumSource(names = {"UNAUTHENTICATED", "UNIMPLEMENTED"})
  void anEngineThatDoesNotFitHasRunNothingAndIsLeftOutUntilItFits(Status.Code said) {
    var node = engine.node("a");
    engine.execute =
        id -> {
          throw new ServedEngine.BrokenConnection(said);
        };
    assertThat(failure(node, Duration.ofSeconds(20))).isEqualTo(ErrorCode.UNAVAILABLE);
    assertThat(fixture.clients.isFailing(node)).isTrue();

    engine.execute = engine::success;
    fixture.clients.engine(node).execute(RoutingFixture.call(), Duration.ofSeconds(20));

    assertThat(fixture.clients.isFailing(node)).isFalse();
  }
}
