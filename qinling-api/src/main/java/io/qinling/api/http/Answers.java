// SPDX-License-Identifier: Apache-2.0
package io.qinling.api.http;

import com.fasterxml.jackson.core.JsonGenerator;
import io.qinling.error.ErrorCode;
import jakarta.ws.rs.core.Response;
import jakarta.ws.rs.core.StreamingOutput;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.function.Consumer;

/** The answers that resources give. Types carry no parameters, since clients compare them. */
public final class Answers {
  private static final String JSON = "application/json";
  private static final int RETRY_AFTER_SECONDS = 1;

  private Answers() {}

  public static Response ok(Json.Writer body) {
    return json(Response.Status.OK.getStatusCode(), body);
  }

  public static Response created(Json.Writer body) {
    return json(Response.Status.CREATED.getStatusCode(), body);
  }

  public static Response noContent() {
    return Response.noContent().build();
  }

  /** Accepted, with nothing to say. */
  public static Response accepted() {
    return Response.accepted().build();
  }

  /** Accepted, with something to say. */
  public static Response accepted(Json.Writer body) {
    return json(Response.Status.ACCEPTED.getStatusCode(), body);
  }

  /** A package for download; closes it in the end. */
  public static Response zip(InputStream content, String fileName) {
    return Response.ok(content)
        .header("Content-Type", "application/zip")
        .header("Content-Disposition", "attachment; filename=\"" + fileName + "\"")
        .build();
  }

  /** Gives the items of a list to a sink, one by one. */
  @FunctionalInterface
  public interface Items<T> {
    void forEach(Consumer<T> sink);
  }

  /** Writes an item of a list. */
  @FunctionalInterface
  public interface ItemWriter<T> {
    void write(T item, JsonGenerator json) throws IOException;
  }

  /** A list under its key, written while it is read, so that its length costs no memory. */
  public static <T> Response list(String key, Items<T> items, ItemWriter<T> writer) {
    StreamingOutput body =
        target -> {
          // Not closed on failure: that would end a list of which a part is missing as if it were
          // whole.
          var json = Json.generator(target);
          json.writeStartObject();
          json.writeArrayFieldStart(key);
          write(items, writer, json);
          json.writeEndArray();
          json.writeEndObject();
          json.close();
        };

    return Response.ok(body).header("Content-Type", JSON).build();
  }

  /**
   * @throws IOException the client is gone, which is no failure of ours
   */
  private static <T> void write(Items<T> items, ItemWriter<T> writer, JsonGenerator json)
      throws IOException {
    try {
      items.forEach(item -> {
        try {
          writer.write(item, json);
        } catch (IOException gone) {
          throw new UncheckedIOException(gone);
        }
      });
    } catch (UncheckedIOException gone) {
      throw gone.getCause();
    }
  }

  /** An error in the one shape that every known client understands. */
  public static Response error(ErrorCode code, String message) {
    var answer = error(code.httpStatus(), message);
    if (code == ErrorCode.UNAUTHENTICATED || code == ErrorCode.METHOD_NOT_ALLOWED) {
      answer.getHeaders().add("Server-Error-Message", message);
    }
    return answer;
  }

  static Response error(int status, String message) {
    return json(status, errorBody(status, message));
  }

  /** What to say to a request that is refused for its form. */
  static String text(int status) {
    return switch (status) {
      case 404 -> "The resource could not be found.";
      case 405 -> "The method is not allowed for this resource.";
      case 411 -> "A form has to tell its length.";
      case 413 -> "The request body is too large.";
      case 415 -> "Unknown mimetype";
      default -> Response.Status.fromStatusCode(status).getReasonPhrase();
    };
  }

  /** The verbs that an address knows, as a header. */
  static String allowed(String path) {
    if (path.matches(".*/(pool|workers|log)")) {
      return "GET";
    }
    if (path.matches(".*/(detach|scale_up|scale_down|invoke)")) {
      return "POST";
    }
    if (path.matches(".*/functions/[^/]+/versions")) {
      return "GET, POST";
    }
    if (path.matches(".*/functions/[^/]+/versions/[^/]+")) {
      return "DELETE, GET, PUT";
    }
    return path.contains("/executions") ? "DELETE, GET, POST" : "DELETE, GET, POST, PUT";
  }

  static byte[] errorBody(int status, String message) {
    return Json.bytes(json -> {
      json.writeStartObject();
      json.writeStringField("faultcode", status < 500 ? "Client" : "Server");
      json.writeStringField("faultstring", message);
      json.writeNullField("debuginfo");
      json.writeEndObject();
    });
  }

  /** A JSON document under a status; those that pass say when to come again. */
  public static Response json(int status, Json.Writer body) {
    return json(status, Json.bytes(body));
  }

  private static Response json(int status, byte[] body) {
    var answer = Response.status(status).entity(body).header("Content-Type", JSON);
    if (status == ErrorCode.OVERLOADED.httpStatus()
        || status == ErrorCode.UNAVAILABLE.httpStatus()) {
      answer.header("Retry-After", RETRY_AFTER_SECONDS);
    }
    return answer.build();
  }
}
