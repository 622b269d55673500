// SPDX-License-Identifier: Apache-2.0
package io.qinling.error;

import io.grpc.Status;

/**
 * Every kind of failure a caller can meet: when it happens, its HTTP status and its gRPC status.
 * The HTTP statuses are those of the v1 API.
 */
public enum ErrorCode {
  /** The request cannot be understood or breaks a rule; sending it again is useless. */
  INVALID_INPUT(400, Status.Code.INVALID_ARGUMENT),
  /** Credentials are missing or wrong. */
  UNAUTHENTICATED(401, Status.Code.UNAUTHENTICATED),
  /** The caller may not do this, or the state of the object forbids it for good. */
  NOT_ALLOWED(403, Status.Code.PERMISSION_DENIED),
  /** The object does not exist, or the caller may not know that it does. */
  NOT_FOUND(404, Status.Code.NOT_FOUND),
  /** The address exists, but not with this verb, or not for this kind of object. */
  METHOD_NOT_ALLOWED(405, Status.Code.UNIMPLEMENTED),
  /** The object is in a state that forbids this for now. */
  CONFLICT(409, Status.Code.FAILED_PRECONDITION),
  /**
   * Another engine owns the function version; nothing was run. Passes between engine and api only.
   */
  NOT_OWNER(503, Status.Code.FAILED_PRECONDITION),
  /** A body, package or input is larger than the operator allows. */
  TOO_LARGE(413, Status.Code.OUT_OF_RANGE),
  /** The body is in a format that is not spoken here. */
  UNSUPPORTED_MEDIA_TYPE(415, Status.Code.INVALID_ARGUMENT),
  /**
   * Everything that could serve the request is busy; nothing was done, and trying again later
   * helps.
   */
  OVERLOADED(429, Status.Code.RESOURCE_EXHAUSTED),
  /** A defect. The caller gets an id that finds it in the log. */
  INTERNAL(500, Status.Code.INTERNAL),
  /** The orchestrator cannot provide what was asked for. */
  ORCHESTRATOR_FAILED(500, Status.Code.ABORTED),
  /** A part of the service cannot be reached; nothing was done, and trying again later helps. */
  UNAVAILABLE(503, Status.Code.UNAVAILABLE),
  /**
   * The engine that worked on the call is gone, or has forgotten it; what was asked for may have
   * been done, at most once.
   */
  LOST(504, Status.Code.UNKNOWN),
  /** The answer did not come in time; what was asked for may have happened. */
  TIMEOUT(504, Status.Code.DEADLINE_EXCEEDED);

  private final int httpStatus;
  private final Status.Code grpcCode;

  ErrorCode(int httpStatus, Status.Code grpcCode) {
    this.httpStatus = httpStatus;
    this.grpcCode = grpcCode;
  }

  public int httpStatus() {
    return httpStatus;
  }

  public Status.Code grpcCode() {
    return grpcCode;
  }
}
