// SPDX-License-Identifier: Apache-2.0
package io.qinling.api.engine.routing;

import io.qinling.error.ErrorCode;
import io.qinling.error.QinlingException;
import java.util.List;
import java.util.Optional;

/** What one of several engines said. */
sealed interface Answer<A> {
  /** Who said it. */
  EngineNode engine();

  /** It did what it was asked for. */
  record Given<A>(EngineNode engine, A value) implements Answer<A> {}

  /** It did not. */
  record Failed<A>(EngineNode engine, QinlingException failure) implements Answer<A> {
    /** Whether the engine may do it another time, or is gone. */
    boolean isAway() {
      return switch (failure.code()) {
        case UNAVAILABLE, TIMEOUT, LOST -> true;
        default -> false;
      };
    }
  }

  static <A> List<Given<A>> given(List<Answer<A>> answers) {
    return answers.stream().filter(Given.class::isInstance).map(each -> (Given<A>) each).toList();
  }

  static <A> List<Failed<A>> failed(List<Answer<A>> answers) {
    return answers.stream().filter(Failed.class::isInstance).map(each -> (Failed<A>) each).toList();
  }

  /** Fails with the first failure for which the engine is not just away. */
  static <A> void requireNoRefusal(List<Answer<A>> answers) {
    failed(answers).stream()
        .filter(failed -> !failed.isAway())
        .findFirst()
        .ifPresent(refused -> {
          throw refused.failure();
        });
  }

  /** Fails as the first engine did unless one did what it was asked for. */
  static <A> void requireOne(List<Answer<A>> answers) {
    if (given(answers).isEmpty()) {
      throw Optional.of(failed(answers))
          .filter(all -> !all.isEmpty())
          .map(all -> all.getFirst().failure())
          .orElseGet(() -> new QinlingException(ErrorCode.UNAVAILABLE, "There is no engine"));
    }
  }
}
