// SPDX-License-Identifier: Apache-2.0
package io.qinling.engine.worker;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.core.io.JsonStringEncoder;
import io.netty.handler.codec.TooLongFrameException;
import java.time.Duration;
import java.util.Optional;

/**
 * Makes results of what workers of version 1 answer, which keep to no limits of ours and whose HTTP
 * status means nothing.
 */
final class Version1Replies {
  private static final String DOWNLOAD_FAILED = "\"Failed to download function package";

  private Version1Replies() {}

  /** Whether a worker that has fetched its package says that it can use it. */
  static boolean isLoaded(Reply reply) {
    return json(reply)
        .filter(result -> !result.outputJson().startsWith(DOWNLOAD_FAILED))
        .isPresent();
  }

  static WorkerResult result(Reply reply, WorkerLimits limits) {
    return json(reply)
        .map(result -> limited(result, limits))
        .orElseGet(() ->
            failed("The runtime answered with status " + reply.status() + " and no result.", 0));
  }

  /** What the loss of a connection means, when it means no loss of the worker. */
  static Optional<WorkerResult> result(Throwable failure, WorkerLimits limits) {
    return failure.getCause() instanceof TooLongFrameException
        ? Optional.of(tooLarge(0, "", limits))
        : Optional.empty();
  }

  static WorkerResult timedOut(Duration timeout) {
    return failed("Function execution timeout.", timeout.toMillis() / 1000.0);
  }

  static WorkerResult cancelled() {
    return failed("Function execution cancelled.", 0);
  }

  private static Optional<WorkerResult> json(Reply reply) {
    try {
      return Optional.of(ReplyParser.result(reply.body(), true));
    } catch (WorkerLostException noJson) {
      return Optional.empty();
    }
  }

  private static WorkerResult limited(WorkerResult result, WorkerLimits limits) {
    var log = cut(result.log(), limits.maxLogBytes());
    return result.outputJson().getBytes(UTF_8).length > limits.maxResultBytes()
        ? tooLarge(result.durationSeconds(), log, limits)
        : new WorkerResult(result.success(), result.outputJson(), result.durationSeconds(), log);
  }

  private static WorkerResult tooLarge(double durationSeconds, String log, WorkerLimits limits) {
    var message = "Function result is larger than " + limits.maxResultBytes() + " bytes.";
    return new WorkerResult(false, quoted(message), durationSeconds, log);
  }

  /** As workers of version 2 cut it, between two characters. */
  private static String cut(String log, int maxBytes) {
    var bytes = log.getBytes(UTF_8);
    if (bytes.length <= maxBytes) {
      return log;
    }
    int end = maxBytes;
    while (end > 0 && (bytes[end] & 0xC0) == 0x80) {
      end--;
    }
    return new String(bytes, 0, end, UTF_8) + "\n... log cut at " + maxBytes + " bytes\n";
  }

  private static WorkerResult failed(String message, double durationSeconds) {
    return new WorkerResult(false, quoted(message), durationSeconds, "");
  }

  private static String quoted(String text) {
    return '"' + String.valueOf(JsonStringEncoder.getInstance().quoteAsString(text)) + '"';
  }
}
