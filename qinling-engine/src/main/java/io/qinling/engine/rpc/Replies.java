// SPDX-License-Identifier: Apache-2.0
package io.qinling.engine.rpc;

import io.grpc.stub.StreamObserver;
import io.qinling.error.ErrorCode;
import io.qinling.error.GrpcErrors;
import io.qinling.error.QinlingException;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutorService;
import org.jboss.logging.Logger;

/** Answers calls, in the one way there is. */
final class Replies {
  private static final Logger LOG = Logger.getLogger(Replies.class);

  private Replies() {}

  /** Runs what blocks on a virtual thread, and answers with what it returns or throws. */
  static <A> void blocking(ExecutorService executor, StreamObserver<A> caller, Callable<A> action) {
    executor.execute(() -> {
      try {
        answer(caller, action.call());
      } catch (Exception failure) {
        refuse(caller, failure);
      }
    });
  }

  static <A> void answer(StreamObserver<A> caller, A answer) {
    caller.onNext(answer);
    caller.onCompleted();
  }

  static void refuse(StreamObserver<?> caller, Throwable failure) {
    var cause = failure instanceof CompletionException ? failure.getCause() : failure;
    if (cause instanceof IllegalArgumentException invalid) {
      cause = new QinlingException(ErrorCode.INVALID_INPUT, invalid.getMessage(), invalid);
    }
    if (!(cause instanceof QinlingException)) {
      LOG.error("A call failed", cause);
    }
    caller.onError(GrpcErrors.toGrpc(cause));
  }
}
