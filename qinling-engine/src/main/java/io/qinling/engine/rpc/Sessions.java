// SPDX-License-Identifier: Apache-2.0
package io.qinling.engine.rpc;

import com.fasterxml.jackson.core.JsonFactory;
import io.qinling.engine.v1.Session;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;

/** Writes the credentials of a function as worker protocol version 2 has them. */
final class Sessions {
  private static final JsonFactory JSON = new JsonFactory();

  private Sessions() {}

  static byte[] encode(Session session) {
    var bytes = new ByteArrayOutputStream(512);
    try (var json = JSON.createGenerator(bytes)) {
      json.writeStartObject();
      json.writeStringField("auth_url", session.getAuthUrl());
      json.writeStringField("token", session.getToken());
      json.writeStringField("user_id", session.getUserId());
      json.writeStringField("project_id", session.getProjectId());
      if (!session.getCafile().isEmpty()) {
        json.writeStringField("cafile", session.getCafile());
      }
      json.writeEndObject();
    } catch (IOException impossible) {
      throw new UncheckedIOException(impossible);
    }
    return bytes.toByteArray();
  }
}
