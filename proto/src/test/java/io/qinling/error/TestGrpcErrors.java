// SPDX-License-Identifier: Apache-2.0
package io.qinling.error;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.Status;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class TestGrpcErrors {
  @ParameterizedTest
  @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "NOT_OWNER")
  void everyErrorComesOverAsItWas(ErrorCode code) {
    var sent = GrpcErrors.toGrpc(new QinlingException(code, "what happened"));

    var received = GrpcErrors.fromGrpc(sent);

    assertThat(sent.getStatus().getCode()).isEqualTo(code.grpcCode());
    assertThat(received.code()).isEqualTo(code);
    assertThat(received).hasMessage("what happened");
  }

  @ParameterizedTest
  @CsvSource({"PT0S, PT1S", "PT0.2S, PT1S", "PT3S, PT3S", "PT3.001S, PT4S"})
  void whenToTryAgainComesOverInWholeSeconds(Duration estimated, Duration told) {
    var refused = new QinlingException(ErrorCode.OVERLOADED, "busy", null, Optional.of(estimated));

    var received = GrpcErrors.fromGrpc(GrpcErrors.toGrpc(refused));

    assertThat(received.retryAfter()).contains(told);
  }

  @Test
  void theAddressOfTheOwnerComesOver() {
    var sent = GrpcErrors.toGrpc(new NotOwnerException("10.0.0.2:7071"));

    assertThat(GrpcErrors.fromGrpc(sent))
        .isInstanceOfSatisfying(
            NotOwnerException.class,
            elsewhere -> assertThat(elsewhere.ownerAddress()).isEqualTo("10.0.0.2:7071"));
  }

  @Test
  void whoDoesNotKnowWhenToTryAgainSaysNothing() {
    var refused = new QinlingException(ErrorCode.OVERLOADED, "busy");

    var received = GrpcErrors.fromGrpc(GrpcErrors.toGrpc(refused));

    assertThat(received.retryAfter()).isEmpty();
  }

  @Test
  void theTextOfADefectStaysHere() {
    var sent = GrpcErrors.toGrpc(new IllegalStateException("jdbc:secret"));

    assertThat(sent.getStatus().getCode()).isEqualTo(Status.Code.INTERNAL);
    assertThat(sent.getStatus().getDescription()).isEqualTo("Internal error");
  }

  @Test
  void anAnswerOfSomebodyElseSaysOnlyThatTheEngineIsNotThere() {
    assertThat(received(Status.UNAVAILABLE).code()).isEqualTo(ErrorCode.UNAVAILABLE);
    assertThat(received(Status.DEADLINE_EXCEEDED).code()).isEqualTo(ErrorCode.TIMEOUT);
    assertThat(received(Status.RESOURCE_EXHAUSTED).code()).isEqualTo(ErrorCode.INTERNAL);
    assertThat(received(Status.UNAUTHENTICATED).code()).isEqualTo(ErrorCode.UNAVAILABLE);
    assertThat(received(Status.UNIMPLEMENTED).code()).isEqualTo(ErrorCode.UNAVAILABLE);
    assertThat(received(Status.UNAVAILABLE)).hasMessage("The engine cannot be reached");
  }

  private static QinlingException received(Status status) {
    return GrpcErrors.fromGrpc(status.withDescription("/10.0.0.5:7071").asRuntimeException());
  }
}
