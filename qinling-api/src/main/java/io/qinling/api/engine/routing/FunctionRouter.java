// SPDX-License-Identifier: Apache-2.0
package io.qinling.api.engine.routing;

import io.qinling.api.engine.Backoff;
import io.qinling.error.ErrorCode;
import io.qinling.error.NotOwnerException;
import io.qinling.error.QinlingException;
import java.time.Duration;
import java.util.function.Function;

/** Brings what is asked about a function version to the engine that can do it. */
final class FunctionRouter {
  private static final Duration FIRST_PAUSE = Duration.ofMillis(10);
  private static final Duration LONGEST_PAUSE = Duration.ofMillis(500);

  /** An owner that died is known to all well within this time. */
  private static final Duration OWNER_PATIENCE = Duration.ofSeconds(15);

  private final EngineDirectory directory;
  private final EngineClients clients;

  FunctionRouter(EngineDirectory directory, EngineClients clients) {
    this.directory = directory;
    this.clients = clients;
  }

  static Backoff backoff() {
    return new Backoff(FIRST_PAUSE, LONGEST_PAUSE);
  }

  /**
   * Asks for as long as nothing was done and the time is not over.
   *
   * @throws QinlingException UNAVAILABLE when nothing was done
   */
  <A> A run(FunctionKey function, Duration patience, Function<EngineNode, A> call) {
    return search(function, patience, true, call);
  }

  /**
   * Asks as {@link #run} does, but gives up at once when no engine can be reached at all, as its
   * caller waits to be told so.
   */
  <A> A ask(FunctionKey function, Function<EngineNode, A> call) {
    return search(function, OWNER_PATIENCE, false, call);
  }

  private <A> A search(
      FunctionKey function, Duration patience, boolean persistent, Function<EngineNode, A> call) {
    long begun = System.nanoTime();
    Backoff backoff = null;
    while (true) {
      var search = new EngineSearch<>(directory, clients, function, call);
      try {
        return search.run();
      } catch (QinlingException failed) {
        backoff = backoff == null ? backoff() : backoff;
        boolean goOn =
            isNothingDone(failed)
                && (persistent || search.isAnswered())
                && System.nanoTime() - begun < patience.toNanos();
        if (!goOn || !backoff.pause()) {
          throw forCaller(failed);
        }
      }
    }
  }

  private static boolean isNothingDone(QinlingException failed) {
    return failed.code() == ErrorCode.UNAVAILABLE || failed.code() == ErrorCode.NOT_OWNER;
  }

  private static QinlingException forCaller(QinlingException failed) {
    return failed instanceof NotOwnerException
        ? new QinlingException(
            ErrorCode.UNAVAILABLE, "The engine that owns the function cannot be reached", failed)
        : failed;
  }
}
