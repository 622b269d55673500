// SPDX-License-Identifier: Apache-2.0
package io.qinling.api.keystone;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import io.qinling.api.http.Json;
import io.qinling.api.keystone.CloudHttp.Repeat;
import io.qinling.error.ErrorCode;
import io.qinling.error.QinlingException;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpHeaders;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jboss.logging.Logger;

/** Keystone's REST API, version 3. What is UNAVAILABLE is logged once, until it is back. */
final class KeystoneApi {
  private static final Logger LOG = Logger.getLogger(KeystoneApi.class);
  private static final String JSON = "application/json";

  private final String url;
  private final CloudHttp http;
  private final AtomicBoolean away = new AtomicBoolean();

  /**
   * @param url ends in {@code /v3}
   */
  KeystoneApi(String url, CloudHttp http) {
    this.url = url;
    this.http = http;
  }

  /**
   * What came back.
   *
   * @param json missing when the body is none
   */
  record Answer(int status, HttpHeaders headers, JsonNode json) {
    boolean isSuccess() {
      return status >= 200 && status < 300;
    }
  }

  /** A request to a path below {@code /v3}. */
  HttpRequest.Builder request(String path) {
    return HttpRequest.newBuilder(URI.create(url + path)).header("Accept", JSON);
  }

  /** Makes a request one that sends JSON. */
  static HttpRequest.Builder post(HttpRequest.Builder request, JsonNode body) {
    return request.header("Content-Type", JSON).POST(bytes(body));
  }

  private static BodyPublisher bytes(JsonNode body) {
    return BodyPublishers.ofByteArray(Json.bytes(json -> json.writeTree(body)));
  }

  /** One segment of a path. */
  static String segment(String text) {
    return URLEncoder.encode(text, UTF_8).replace("+", "%20");
  }

  /**
   * Sends a request.
   *
   * @return an answer whose status is less than 500
   * @throws QinlingException UNAVAILABLE
   */
  Answer send(HttpRequest.Builder request, Repeat repeat) {
    try {
      var answer = http.send(request.build(), BodyHandlers.ofByteArray(), repeat);
      if (answer.statusCode() >= 500) {
        throw new IOException("it answers with status " + answer.statusCode());
      }
      if (away.getAndSet(false)) {
        LOG.infof("Keystone answers again: url=%s", url);
      }
      return new Answer(answer.statusCode(), answer.headers(), json(answer.body()));
    } catch (IOException failed) {
      if (!away.getAndSet(true)) {
        LOG.warnf(
            "Keystone does not answer, whoever is not known by now is refused: url=%s reason=%s",
            url, failed);
      }
      throw unavailable(failed);
    }
  }

  static QinlingException unavailable() {
    return unavailable(null);
  }

  /**
   * @param reason for the operator; callers are not told
   */
  static QinlingException unavailable(Throwable reason) {
    return new QinlingException(
        ErrorCode.UNAVAILABLE, "The identity service cannot be reached; try again later", reason);
  }

  private static JsonNode json(byte[] body) throws IOException {
    try {
      return body.length == 0 ? MissingNode.getInstance() : Json.MAPPER.readTree(body);
    } catch (com.fasterxml.jackson.core.JsonProcessingException other) {
      return MissingNode.getInstance();
    }
  }
}
