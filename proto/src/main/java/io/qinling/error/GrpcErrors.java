// SPDX-License-Identifier: Apache-2.0
package io.qinling.error;

import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.time.Duration;
import java.util.Arrays;
import java.util.Optional;

/**
 * Carries errors over gRPC. The name of the {@link ErrorCode} travels in a trailer, since several
 * codes share a gRPC status; an answer without it, as from a proxy, is understood by its status
 * alone.
 */
public final class GrpcErrors {
  private static final Metadata.Key<String> CODE =
      Metadata.Key.of("qinling-error", Metadata.ASCII_STRING_MARSHALLER);

  private static final Metadata.Key<String> OWNER =
      Metadata.Key.of("qinling-owner", Metadata.ASCII_STRING_MARSHALLER);

  private static final Metadata.Key<String> RETRY_AFTER =
      Metadata.Key.of("qinling-retry-after-seconds", Metadata.ASCII_STRING_MARSHALLER);

  private GrpcErrors() {}

  /** The status to answer a call with. The message of anything unexpected stays here. */
  public static StatusRuntimeException toGrpc(Throwable failure) {
    if (failure instanceof QinlingException expected) {
      var trailers = new Metadata();
      trailers.put(CODE, expected.code().name());
      if (expected instanceof NotOwnerException elsewhere) {
        trailers.put(OWNER, elsewhere.ownerAddress());
      }
      expected
          .retryAfter()
          .ifPresent(time -> trailers.put(RETRY_AFTER, Long.toString(wholeSeconds(time))));
      return expected
          .code()
          .grpcCode()
          .toStatus()
          .withDescription(expected.getMessage())
          .asRuntimeException(trailers);
    }
    return Status.INTERNAL.withDescription("Internal error").asRuntimeException();
  }

  /**
   * Whether the service that was called made this answer, and neither gRPC nor anything between.
   */
  public static boolean isAnswer(StatusRuntimeException failure) {
    return failure.getTrailers() != null && isAnswer(failure.getTrailers());
  }

  /** The same of what comes with the end of a call. */
  public static boolean isAnswer(Metadata trailers) {
    return trailers.get(CODE) != null;
  }

  /**
   * What a failed call means to the caller of the service that made it. An answer that is not of
   * our own making says no more than that the service cannot be reached, does not fit or was too
   * slow, or else that something is wrong with the deployment; its text may name addresses and
   * stays here.
   */
  public static QinlingException fromGrpc(StatusRuntimeException failure) {
    var name = failure.getTrailers() == null ? null : failure.getTrailers().get(CODE);
    if (name != null) {
      if (codeOf(name) == ErrorCode.NOT_OWNER) {
        var owner = failure.getTrailers().get(OWNER);
        return new NotOwnerException(owner == null ? "" : owner);
      }
      var message = failure.getStatus().getDescription();
      return new QinlingException(
          codeOf(name),
          message == null ? name : message,
          failure,
          retryAfter(failure.getTrailers().get(RETRY_AFTER)));
    }
    return switch (failure.getStatus().getCode()) {
      // A service that stops cancels the calls that it has.
      case UNAVAILABLE, CANCELLED ->
          new QinlingException(ErrorCode.UNAVAILABLE, "The engine cannot be reached", failure);
      case UNAUTHENTICATED, UNIMPLEMENTED ->
          new QinlingException(
              ErrorCode.UNAVAILABLE, "The engine has another secret or release", failure);
      case DEADLINE_EXCEEDED ->
          new QinlingException(ErrorCode.TIMEOUT, "The engine did not answer in time", failure);
      default -> new QinlingException(ErrorCode.INTERNAL, failure.getStatus().toString(), failure);
    };
  }

  /** Rounded up, since who comes too early comes in vain. */
  private static long wholeSeconds(Duration time) {
    return Math.max(1, time.plusSeconds(1).minusNanos(1).toSeconds());
  }

  private static Optional<Duration> retryAfter(String seconds) {
    try {
      return Optional.ofNullable(seconds).map(Long::parseLong).map(Duration::ofSeconds);
    } catch (NumberFormatException notOurs) {
      return Optional.empty();
    }
  }

  private static ErrorCode codeOf(String name) {
    return Arrays.stream(ErrorCode.values())
        .filter(code -> code.name().equals(name))
        .findFirst()
        .orElse(ErrorCode.INTERNAL);
  }
}
