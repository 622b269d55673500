// SPDX-License-Identifier: Apache-2.0
package io.qinling.engine.rpc;

import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.qinling.credentials.SharedSecret;
import io.quarkus.grpc.GlobalInterceptor;
import jakarta.enterprise.context.ApplicationScoped;

/** Lets only those in who know the secret, whatever they call. */
@ApplicationScoped
@GlobalInterceptor
public class SecretInterceptor implements ServerInterceptor {
  private final SharedSecret secret;

  SecretInterceptor(SharedSecret secret) {
    this.secret = secret;
  }

  @Override
  public <Q, A> ServerCall.Listener<Q> interceptCall(
      ServerCall<Q, A> call, Metadata headers, ServerCallHandler<Q, A> next) {
    return secret.interceptCall(call, headers, next);
  }
}
