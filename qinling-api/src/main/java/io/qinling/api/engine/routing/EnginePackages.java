// SPDX-License-Identifier: Apache-2.0
package io.qinling.api.engine.routing;

import io.qinling.api.engine.GrpcEngine;
import io.qinling.error.ErrorCode;
import io.qinling.error.QinlingException;
import java.io.IOException;
import java.io.InputStream;
import java.util.Comparator;
import java.util.List;
import java.util.function.Function;

/** Packages, which any engine takes and gives; the engines see to their copies among themselves. */
final class EnginePackages {
  private final EngineDirectory directory;
  private final EngineClients clients;

  EnginePackages(EngineDirectory directory, EngineClients clients) {
    this.directory = directory;
    this.clients = clients;
  }

  /** Another engine is asked as long as nothing of the content has been read. */
  void put(String digest, InputStream content) throws IOException {
    var source = new UntouchedStream(content);
    QinlingException refusal = EngineSearch.noEngine();
    for (var engine : inOrder(digest)) {
      try {
        clients.engine(engine).putPackage(digest, source);
        return;
      } catch (QinlingException failed) {
        refusal = failed;
        if (failed.code() != ErrorCode.UNAVAILABLE || source.isTouched()) {
          break;
        }
      }
    }
    throw refusal;
  }

  InputStream get(String digest) {
    return first(digest, engine -> engine.getPackage(digest));
  }

  void delete(String digest) {
    var _ =
        first(
            digest,
            engine -> {
              engine.deletePackage(digest);
              return true;
            });
  }

  /** NOT_FOUND when all say so; an engine that is away may know better. */
  private <A> A first(String digest, Function<GrpcEngine, A> transfer) {
    QinlingException refusal = null;
    for (var engine : inOrder(digest)) {
      try {
        return transfer.apply(clients.engine(engine));
      } catch (QinlingException failed) {
        boolean away = failed.code() == ErrorCode.UNAVAILABLE;
        if (!away && failed.code() != ErrorCode.NOT_FOUND) {
          throw failed;
        }
        refusal = refusal == null || away ? failed : refusal;
      }
    }
    throw refusal != null ? refusal : EngineSearch.noEngine();
  }

  /** Those that stay and are connected first; among equals each digest has its own order. */
  private List<EngineNode> inOrder(String digest) {
    var hash = Rendezvous.of(digest);
    return directory.engines().stream()
        .sorted(
            Comparator.comparing(EngineNode::draining)
                .thenComparing(clients::isFailing)
                .thenComparing(engine -> !clients.isConnected(engine))
                .thenComparing(engine -> hash.score(engine.name()), Comparator.reverseOrder()))
        .toList();
  }
}
