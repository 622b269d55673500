// SPDX-License-Identifier: Apache-2.0
package io.qinling.credentials;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.grpc.Channel;
import io.grpc.ClientInterceptors;
import io.grpc.ManagedChannel;
import io.grpc.ManagedChannelBuilder;
import io.grpc.Server;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.NettyServerBuilder;
import io.grpc.stub.StreamObserver;
import io.qinling.engine.v1.DescribePoolRequest;
import io.qinling.engine.v1.DescribePoolResponse;
import io.qinling.engine.v1.RuntimePoolsGrpc;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TestSharedSecret {
  private static final String SECRET = "0123456789abcdef";

  private int calls;
  private Server server;
  private ManagedChannel channel;

  @BeforeEach
  void start() throws IOException {
    var service =
        new RuntimePoolsGrpc.RuntimePoolsImplBase() {
          @Override
          public void describePool(
              DescribePoolRequest request, StreamObserver<DescribePoolResponse> caller) {
            calls++;
            caller.onNext(DescribePoolResponse.getDefaultInstance());
            caller.onCompleted();
          }
        };
    server =
        NettyServerBuilder.forAddress(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
            .addService(service)
            .intercept(new SharedSecret(SECRET))
            .build()
            .start();
    channel =
        ManagedChannelBuilder.forAddress("127.0.0.1", server.getPort()).usePlaintext().build();
  }

  @AfterEach
  void stop() {
    channel.shutdownNow();
    server.shutdownNow();
  }

  @Test
  void whoKnowsTheSecretIsServed() {
    call(ClientInterceptors.intercept(channel, new SharedSecret(SECRET)));

    assertThat(calls).isEqualTo(1);
  }

  @Test
  void whoHasNoneIsRefused() {
    assertRefused(channel);
  }

  @Test
  void whoHasAnotherIsRefused() {
    assertRefused(ClientInterceptors.intercept(channel, new SharedSecret(SECRET + "0")));
  }

  private void assertRefused(Channel caller) {
    assertThatThrownBy(() -> call(caller))
        .isInstanceOfSatisfying(
            StatusRuntimeException.class,
            failure ->
                assertThat(failure.getStatus().getCode()).isEqualTo(Status.Code.UNAUTHENTICATED));
    assertThat(calls).isZero();
  }

  private static void call(Channel caller) {
    RuntimePoolsGrpc.newBlockingStub(caller).describePool(DescribePoolRequest.getDefaultInstance());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", "short", "with a blank in it", "0123456789abcde\n", "0123456789abcdeé"})
  void aWeakOrBrokenSecretIsRefusedAndNotShown(String secret) {
    assertThatThrownBy(() -> new SharedSecret(secret))
        .hasMessageContaining("[engine] secret")
        .hasMessageNotContaining(secret.isEmpty() ? "\0" : secret);
  }
}
