// SPDX-License-Identifier: Apache-2.0
package io.qinling.credentials;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientCall;
import io.grpc.ClientInterceptor;
import io.grpc.ForwardingClientCall.SimpleForwardingClientCall;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.Status;
import java.security.MessageDigest;

/**
 * A secret shared by all api and engine processes of a deployment. As a client interceptor it adds
 * the secret to each call, as a server interceptor it refuses calls without it with
 * UNAUTHENTICATED, before the request is decoded.
 */
public final class SharedSecret implements ClientInterceptor, ServerInterceptor {
  /** Shorter secrets are refused: 128 bits in base64 have 22 characters. */
  public static final int MINIMUM_LENGTH = 16;

  private static final Metadata.Key<String> AUTHORIZATION =
      Metadata.Key.of("authorization", Metadata.ASCII_STRING_MARSHALLER);

  private final String header;
  private final byte[] expected;

  /**
   * @throws IllegalArgumentException when the secret is shorter than {@link #MINIMUM_LENGTH} or has
   *     characters outside printable ASCII
   */
  public SharedSecret(String secret) {
    if (secret.length() < MINIMUM_LENGTH || !secret.chars().allMatch(c -> c > ' ' && c < 127)) {
      throw new IllegalArgumentException(
          "[engine] secret must have at least "
              + MINIMUM_LENGTH
              + " printable ASCII characters; make one with: openssl rand -hex 32");
    }
    header = "Bearer " + secret;
    expected = header.getBytes(UTF_8);
  }

  @Override
  public <Q, A> ClientCall<Q, A> interceptCall(
      MethodDescriptor<Q, A> method, CallOptions options, Channel next) {
    return new SimpleForwardingClientCall<>(next.newCall(method, options)) {
      @Override
      public void start(Listener<A> listener, Metadata headers) {
        headers.put(AUTHORIZATION, header);
        super.start(listener, headers);
      }
    };
  }

  @Override
  public <Q, A> ServerCall.Listener<Q> interceptCall(
      ServerCall<Q, A> call, Metadata headers, ServerCallHandler<Q, A> next) {
    var given = headers.get(AUTHORIZATION);
    if (given == null || !MessageDigest.isEqual(given.getBytes(UTF_8), expected)) {
      call.close(
          Status.UNAUTHENTICATED.withDescription(
              "The caller does not have the secret of [engine] secret"),
          new Metadata());
      return new ServerCall.Listener<>() {};
    }
    return next.startCall(call, headers);
  }

  @Override
  public String toString() {
    return "SharedSecret";
  }
}
