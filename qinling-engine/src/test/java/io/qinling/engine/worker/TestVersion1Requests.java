// SPDX-License-Identifier: Apache-2.0
package io.qinling.engine.worker;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.netty.buffer.ByteBufUtil;
import io.netty.handler.codec.http.FullHttpRequest;
import io.qinling.engine.download.PackageLink;
import io.qinling.engine.function.FunctionKey;
import io.qinling.engine.function.FunctionVersion;
import io.qinling.engine.orchestrator.Pool;
import io.qinling.engine.orchestrator.Worker;
import io.qinling.engine.orchestrator.WorkerProtocol;
import io.qinling.request.RequestId;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** Against the contract that upstream's runtimes keep to. */
class TestVersion1Requests {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Worker WORKER =
      new Worker(
          "w",
          InetSocketAddress.createUnresolved("host", 9090),
          "secret",
          WorkerProtocol.VERSION_1);
  private static final PackageLink LINK = new PackageLink("http://engine/p?s=1", "1");
  private static final FunctionVersion FUNCTION =
      new FunctionVersion(
          new FunctionKey("f", 2),
          "p",
          1,
          new Pool("r", "old", true),
          "d",
          "main.main",
          100,
          33554432,
          Duration.ofSeconds(5));
  private static final byte[] CONTEXT =
      "{\"auth_url\": \"keystone\", \"token\": \"t\"}".getBytes(UTF_8);

  private static JsonNode body(FullHttpRequest request) throws IOException {
    var bytes = ByteBufUtil.getBytes(request.content());
    assertThat(request.headers().getInt("Content-Length")).isEqualTo(bytes.length);
    return JSON.readTree(bytes);
  }

  private static FullHttpRequest execute(String input, Duration timeout) {
    return Version1Requests.execute(
        WORKER,
        FUNCTION,
        LINK,
        new WorkerCall("e", input.getBytes(UTF_8), CONTEXT, timeout, Optional.empty()));
  }

  @Test
  void anExecutionHasEachFieldOfTheContractAndNoCredentials() throws IOException {
    RequestId.within(
        "req-1",
        () -> {
          var request = execute("{\"a\": [1.50]}", Duration.ofSeconds(5));
          assertThat(request.method().name() + " " + request.uri()).isEqualTo("POST /execute");
          assertThat(request.headers().contains("Authorization")).isFalse();
          assertThat(request.content().toString(UTF_8))
              .isEqualTo(
                  "{\"execution_id\":\"e\",\"cpu\":100,\"memory_size\":33554432,"
                      + "\"function_id\":\"f\",\"function_version\":2,\"entry\":\"main.main\","
                      + "\"download_url\":\"http://engine/p?s=1\",\"request_id\":\"req-1\","
                      + "\"timeout\":5,\"input\":{\"a\": [1.50]}}");
        });
  }

  @Test
  void noInputIsNullAndATimeIsWholeSecondsUpwards() throws IOException {
    var body = body(execute("", Duration.ofMillis(1001)));

    assertThat(body.get("input").isNull()).isTrue();
    assertThat(body.get("timeout").isInt()).isTrue();
    assertThat(body.get("timeout").intValue()).isEqualTo(2);
    assertThat(body.get("request_id").textValue()).isEmpty();
  }

  @Test
  void aLoadFetchesThePackageAndRunsNothingOfIt() throws IOException {
    var body = body(Version1Requests.load(WORKER, FUNCTION, LINK, Duration.ofSeconds(30)));

    assertThat(body.get("download_url").textValue()).isEqualTo("http://engine/p?s=1");
    assertThat(body.get("function_id").textValue()).isEqualTo("f");
    assertThat(body.get("entry").textValue()).isNotEqualTo("main.main");
    assertThat(body.get("input").isNull()).isTrue();
  }
}
