// SPDX-License-Identifier: Apache-2.0
package io.qinling.engine.worker;

import static io.netty.handler.codec.http.HttpHeaderNames.CONNECTION;
import static io.netty.handler.codec.http.HttpHeaderNames.CONTENT_LENGTH;
import static io.netty.handler.codec.http.HttpHeaderNames.CONTENT_TYPE;
import static io.netty.handler.codec.http.HttpHeaderNames.HOST;
import static io.netty.handler.codec.http.HttpHeaderValues.APPLICATION_JSON;
import static io.netty.handler.codec.http.HttpHeaderValues.CLOSE;
import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http.DefaultFullHttpRequest;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpVersion;
import io.qinling.engine.download.PackageLink;
import io.qinling.engine.function.FunctionVersion;
import io.qinling.engine.orchestrator.Worker;
import io.qinling.request.RequestId;
import java.time.Duration;
import java.util.Objects;
import java.util.UUID;

/**
 * Builds the requests of worker protocol version 1, upstream's. Each has a connection of its own,
 * as upstream's runtimes close them.
 *
 * <p>Of what upstream sent it leaves out the user's token and the credentials of the service: the
 * package comes by a link instead, and a function finds no session in its context.
 */
final class Version1Requests {
  private static final String NO_MODULE = "qinling_no_such_module";

  private static final ObjectMapper JSON = new ObjectMapper();
  private static final byte[] INPUT = ",\"input\":".getBytes(UTF_8);
  private static final byte[] NULL = "null".getBytes(UTF_8);
  private static final byte[] END = "}".getBytes(UTF_8);

  private Version1Requests() {}

  static FullHttpRequest ping(Worker worker) {
    return request(worker, HttpMethod.GET, "/ping", Unpooled.EMPTY_BUFFER);
  }

  /**
   * Has a worker fetch the package and run nothing of it: the execution is one of a module that no
   * package has.
   */
  static FullHttpRequest load(
      Worker worker, FunctionVersion function, PackageLink link, Duration timeout) {
    var id = UUID.randomUUID().toString();
    return execute(worker, fields(id, function, NO_MODULE + ".main", link, timeout), NULL);
  }

  static FullHttpRequest execute(
      Worker worker, FunctionVersion function, PackageLink link, WorkerCall call) {
    var fields = fields(call.executionId(), function, function.entry(), link, call.timeout());
    return execute(worker, fields, call.inputJson().length == 0 ? NULL : call.inputJson());
  }

  private static ObjectNode fields(
      String executionId,
      FunctionVersion function,
      String entry,
      PackageLink link,
      Duration timeout) {
    return JSON.createObjectNode()
        .put("execution_id", executionId)
        .put("cpu", function.cpuMillis())
        .put("memory_size", function.memoryBytes())
        .put("function_id", function.key().functionId())
        .put("function_version", function.key().version())
        .put("entry", entry.isEmpty() ? null : entry)
        .put("download_url", link.url())
        .put("request_id", Objects.requireNonNullElse(RequestId.current(), ""))
        .put("timeout", Math.ceilDiv(timeout.toMillis(), 1000));
  }

  private static FullHttpRequest execute(Worker worker, ObjectNode fields, byte[] input) {
    byte[] head = json(fields);
    var body =
        Unpooled.wrappedBuffer(
            Unpooled.wrappedBuffer(head, 0, head.length - 1),
            Unpooled.wrappedBuffer(INPUT, input, END));
    var request = request(worker, HttpMethod.POST, "/execute", body);
    request
        .headers()
        .setInt(CONTENT_LENGTH, request.content().readableBytes())
        .set(CONTENT_TYPE, APPLICATION_JSON);
    return request;
  }

  private static byte[] json(ObjectNode fields) {
    try {
      return JSON.writeValueAsBytes(fields);
    } catch (JsonProcessingException impossible) {
      throw new IllegalStateException(impossible);
    }
  }

  private static FullHttpRequest request(
      Worker worker, HttpMethod method, String path, ByteBuf body) {
    var request = new DefaultFullHttpRequest(HttpVersion.HTTP_1_1, method, path, body);
    request.headers().set(HOST, worker.address().getHostString()).set(CONNECTION, CLOSE);
    return request;
  }
}
