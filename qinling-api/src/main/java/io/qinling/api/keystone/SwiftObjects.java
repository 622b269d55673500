// SPDX-License-Identifier: Apache-2.0
package io.qinling.api.keystone;

import io.qinling.api.identity.Caller;
import io.qinling.api.identity.UserToken;
import io.qinling.api.keystone.CloudHttp.Repeat;
import io.qinling.error.ErrorCode;
import io.qinling.error.QinlingException;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.Arrays;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.jboss.logging.Logger;

/** Objects in Swift, read as the caller. Methods block. */
public final class SwiftObjects {
  private static final Logger LOG = Logger.getLogger(SwiftObjects.class);
  private static final String SERVICE = "object-store";

  private final Supplier<KeystoneClient> keystone;

  /**
   * @param keystone is only asked for when a caller has authenticated
   */
  public SwiftObjects(Supplier<KeystoneClient> keystone) {
    this.keystone = keystone;
  }

  /**
   * The content of an object, to be closed.
   *
   * @throws QinlingException INVALID_INPUT when the caller cannot read it, UNAVAILABLE
   */
  public InputStream open(Caller caller, String container, String object) {
    var token =
        caller.token().orElseThrow(() -> invalid("Swift is not supported without authentication"));
    var path = path(container, object);
    var request =
        HttpRequest.newBuilder(URI.create(endpoint(token) + path))
            .header("X-Auth-Token", token.value())
            .build();
    try {
      var answer = keystone.get().http().send(request, BodyHandlers.ofInputStream(), Repeat.UNSENT);
      if (answer.statusCode() == 200) {
        return answer.body();
      }
      answer.body().close();
      throw refusal(answer.statusCode(), container, object);
    } catch (IOException failed) {
      LOG.warnf("Swift does not answer: reason=%s", failed);
      throw unavailable();
    }
  }

  private String endpoint(UserToken token) {
    return keystone
        .get()
        .publicEndpoint(token, SERVICE)
        .orElseThrow(() -> invalid("This cloud has no object store"));
  }

  private static QinlingException refusal(int status, String container, String object) {
    var named = "Swift object " + container + "/" + object;
    return switch (status) {
      case 404 -> invalid(named + " does not exist");
      case 401, 403 -> invalid(named + " may not be read with this token");
      default -> {
        LOG.warnf("Swift does not give an object: status=%d", status);
        yield unavailable();
      }
    };
  }

  private static String path(String container, String object) {
    if (container.isEmpty() || container.contains("/") || object.isEmpty()) {
      throw invalid("A Swift object is named by its container, without a slash, and its own name");
    }
    return "/" + segments(container) + "/" + segments(object);
  }

  /** A dot as a name could lead elsewhere. */
  private static String segments(String name) {
    if (Arrays.stream(name.split("/", -1)).anyMatch(part -> part.matches("\\.{1,2}"))) {
      throw invalid("The name of a Swift object must not hold . or .. between slashes");
    }
    return Arrays.stream(name.split("/", -1))
        .map(KeystoneApi::segment)
        .collect(Collectors.joining("/"));
  }

  private static QinlingException invalid(String message) {
    return new QinlingException(ErrorCode.INVALID_INPUT, message);
  }

  private static QinlingException unavailable() {
    return new QinlingException(
        ErrorCode.UNAVAILABLE, "The object store cannot be reached; try again later");
  }
}
