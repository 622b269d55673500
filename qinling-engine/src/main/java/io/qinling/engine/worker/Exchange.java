// SPDX-License-Identifier: Apache-2.0
package io.qinling.engine.worker;

import io.netty.handler.codec.http.HttpRequest;
import java.util.concurrent.CompletableFuture;

/** A request on its way to a worker, whole or only its head, and the promise of its answer. */
record Exchange(HttpRequest request, CompletableFuture<Reply> reply) {}
