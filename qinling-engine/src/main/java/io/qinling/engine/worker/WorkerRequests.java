// SPDX-License-Identifier: Apache-2.0
package io.qinling.engine.worker;

import static io.netty.handler.codec.http.HttpHeaderNames.AUTHORIZATION;
import static io.netty.handler.codec.http.HttpHeaderNames.CONTENT_LENGTH;
import static io.netty.handler.codec.http.HttpHeaderNames.CONTENT_TYPE;
import static io.netty.handler.codec.http.HttpHeaderNames.HOST;
import static java.nio.charset.StandardCharsets.UTF_8;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http.DefaultFullHttpRequest;
import io.netty.handler.codec.http.DefaultHttpRequest;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.util.AsciiString;
import io.qinling.engine.function.FunctionVersion;
import io.qinling.engine.orchestrator.Worker;
import java.time.Duration;

/**
 * Builds the requests of worker protocol version 2. The protocol is described in
 * deploy/runtimes/PROTOCOL.md.
 */
final class WorkerRequests {
  private static final AsciiString EXECUTION = AsciiString.cached("Qinling-Execution");
  private static final AsciiString TIMEOUT = AsciiString.cached("Qinling-Timeout");
  private static final AsciiString TRACE_PARENT = AsciiString.cached("traceparent");
  private static final AsciiString JSON = AsciiString.cached("application/json");
  private static final byte[] INPUT = "{\"input\": ".getBytes(UTF_8);
  private static final byte[] CONTEXT = ", \"context\": ".getBytes(UTF_8);
  private static final byte[] NULL = "null".getBytes(UTF_8);
  private static final byte[] END = "}".getBytes(UTF_8);

  private WorkerRequests() {}

  static HttpRequest load(
      Worker worker, FunctionVersion function, long packageSize, WorkerLimits limits) {
    var request = new DefaultHttpRequest(HttpVersion.HTTP_1_1, HttpMethod.PUT, "/function");
    address(request, worker);
    request
        .headers()
        .set(CONTENT_LENGTH, packageSize)
        .set(CONTENT_TYPE, "application/zip")
        .set("Qinling-Function", function.key().functionId())
        .setInt("Qinling-Version", function.key().version())
        .set("Qinling-Digest", function.packageDigest())
        .set("Qinling-Entry", function.entry())
        .set("Qinling-Memory", function.memoryBytes())
        .setInt("Qinling-Cpu", function.cpuMillis())
        .set("Qinling-Load-Timeout", seconds(limits.loadTimeout()))
        .setInt("Qinling-Max-Log", limits.maxLogBytes())
        .setInt("Qinling-Max-Result", limits.maxResultBytes());
    return request;
  }

  static FullHttpRequest describe(Worker worker) {
    var request = request(HttpMethod.GET, "/function", Unpooled.EMPTY_BUFFER);
    address(request, worker);
    return request;
  }

  static FullHttpRequest execute(Worker worker, WorkerCall call) {
    byte[] input = call.inputJson().length == 0 ? NULL : call.inputJson();
    byte[] context = context(call);
    var body =
        context.length == 0
            ? Unpooled.wrappedBuffer(INPUT, input, END)
            : Unpooled.wrappedBuffer(INPUT, input, CONTEXT, context, END);
    var request = request(HttpMethod.POST, "/execute", body);
    address(request, worker);
    request
        .headers()
        .setInt(CONTENT_LENGTH, request.content().readableBytes())
        .set(CONTENT_TYPE, JSON)
        .set(EXECUTION, call.executionId())
        .set(TIMEOUT, seconds(call.timeout()));
    call.traceParent().ifPresent(parent -> request.headers().set(TRACE_PARENT, parent));
    return request;
  }

  /** With the trace, which the function may go on with. */
  private static byte[] context(WorkerCall call) {
    if (call.traceParent().isEmpty()) {
      return call.contextJson();
    }
    var member = "\"" + TRACE_PARENT + "\": \"" + call.traceParent().get() + "\"";
    var given = new String(call.contextJson(), UTF_8);
    var context = given.isEmpty() ? "{" + member + "}" : "{" + member + "," + given.substring(1);
    return context.getBytes(UTF_8);
  }

  static FullHttpRequest cancel(Worker worker, String executionId) {
    var request = request(HttpMethod.DELETE, "/executions/" + executionId, Unpooled.EMPTY_BUFFER);
    address(request, worker);
    return request;
  }

  private static FullHttpRequest request(HttpMethod method, String path, ByteBuf body) {
    return new DefaultFullHttpRequest(HttpVersion.HTTP_1_1, method, path, body);
  }

  private static void address(HttpRequest request, Worker worker) {
    request
        .headers()
        .set(HOST, worker.address().getHostString())
        .set(AUTHORIZATION, "Bearer " + worker.secret());
  }

  private static String seconds(Duration duration) {
    return Double.toString(duration.toMillis() / 1000.0);
  }
}
