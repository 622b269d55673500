// SPDX-License-Identifier: Apache-2.0
package io.qinling.api.execution;

import io.qinling.api.engine.Engine;
import io.qinling.api.engine.EngineCall;
import io.qinling.api.engine.EngineResult;
import io.qinling.api.engine.EngineTiming;
import io.qinling.error.ErrorCode;
import io.qinling.error.QinlingException;
import java.lang.reflect.Proxy;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * An engine that runs each execution once, as the real one does, and lets who asks again have the
 * same outcome; before that it fails as it is told.
 */
final class ScriptedEngine {
  private final Map<String, AtomicInteger> calls = new ConcurrentHashMap<>();
  private final Map<String, AtomicInteger> runs = new ConcurrentHashMap<>();
  private final Queue<ErrorCode> failures = new ConcurrentLinkedQueue<>();
  private final Set<String> gone = ConcurrentHashMap.newKeySet();
  private volatile CountDownLatch gate = new CountDownLatch(0);

  /** The next calls fail so, in this order. */
  void failWith(ErrorCode... codes) {
    failures.addAll(List.of(codes));
  }

  /** The package of this digest is kept no more. */
  void lose(String digest) {
    gone.add(digest);
  }

  /** Functions return only when it opens. */
  void close() {
    if (gate.getCount() == 0) {
      gate = new CountDownLatch(1);
    }
  }

  void open() {
    gate.countDown();
  }

  int calls(String executionId) {
    return calls.getOrDefault(executionId, new AtomicInteger()).get();
  }

  int runs(String executionId) {
    return runs.getOrDefault(executionId, new AtomicInteger()).get();
  }

  /** The engine as the api knows it; only executions are answered. */
  Engine engine() {
    return (Engine)
        Proxy.newProxyInstance(
            Engine.class.getClassLoader(),
            new Class<?>[] {Engine.class},
            (_, method, arguments) -> {
              if (!method.getName().equals("execute")) {
                throw new UnsupportedOperationException(method.getName());
              }
              return execute((EngineCall) arguments[0]);
            });
  }

  private EngineResult execute(EngineCall call) {
    calls.computeIfAbsent(call.executionId(), _ -> new AtomicInteger()).incrementAndGet();
    var failure = failures.poll();
    if (failure != null) {
      throw new QinlingException(failure, "So it was told");
    }
    if (gone.contains(call.function().packageDigest())) {
      throw new QinlingException(ErrorCode.NOT_FOUND, "It is not stored");
    }
    runs.computeIfAbsent(call.executionId(), _ -> new AtomicInteger(1));
    try {
      gate.await();
    } catch (InterruptedException stopping) {
      Thread.currentThread().interrupt();
      throw new QinlingException(ErrorCode.INTERNAL, "CANCELLED", stopping);
    }
    return new EngineResult(
        EngineResult.Outcome.SUCCESS, "{\"output\": 1}", "", new EngineTiming(0, 0, 0));
  }
}
