// SPDX-License-Identifier: Apache-2.0
package io.qinling.error;

import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.util.Arrays;

/**
 * Carries errors over gRPC. The name of the {@link ErrorCode} travels in a trailer, since several
 * codes share a gRPC status; an answer without it, as from a proxy, is understood by its status
 * alone.
 */
public final class GrpcErrors {
  private static final Metadata.Key<String> CODE =
      Metadata.Key.of("qinling-error", Metadata.ASCII_STRING_MARSHALLER);

  private GrpcErrors() {}

  /** The status to answer a call with. The message of anything unexpected stays here. */
  public static StatusRuntimeException toGrpc(Throwable failure) {
    if (failure instanceof QinlingException expected) {
      var trailers = new Metadata();
      trailers.put(CODE, expected.code().name());
      return expected
          .code()
          .grpcCode()
          .toStatus()
          .withDescription(expected.getMessage())
          .asRuntimeException(trailers);
    }
    return Status.INTERNAL.withDescription("Internal error").asRuntimeException();
  }

  /** What a failed call means to the caller of the service that made it. */
  public static QinlingException fromGrpc(StatusRuntimeException failure) {
    var status = failure.getStatus();
    var message =
        status.getDescription() == null ? status.getCode().name() : status.getDescription();
    return new QinlingException(codeOf(failure.getTrailers(), status.getCode()), message, failure);
  }

  private static ErrorCode codeOf(Metadata trailers, Status.Code grpcCode) {
    var name = trailers == null ? null : trailers.get(CODE);
    return Arrays.stream(ErrorCode.values())
        .filter(code -> name == null ? code.grpcCode() == grpcCode : code.name().equals(name))
        .findFirst()
        .orElse(ErrorCode.INTERNAL);
  }
}
