// SPDX-License-Identifier: Apache-2.0
package io.qinling.api.http;

import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.Response;
import jakarta.ws.rs.core.UriInfo;

/** The documents that tell which versions of the API there are. */
@Path("/")
public class VersionResource {
  @GET
  public Response versions(@Context UriInfo uri) {
    return Answers.ok(json -> {
      json.writeStartObject();
      json.writeArrayFieldStart("versions");
      json.writeStartObject();
      json.writeStringField("id", "v1.0");
      json.writeStringField("status", "CURRENT");
      json.writeArrayFieldStart("links");
      json.writeStartObject();
      json.writeStringField("href", base(uri) + "/v1");
      json.writeStringField("target", "v1");
      json.writeStringField("rel", "self");
      json.writeEndObject();
      json.writeEndArray();
      json.writeEndObject();
      json.writeEndArray();
      json.writeEndObject();
    });
  }

  @GET
  @Path("v1/")
  public Response version(@Context UriInfo uri) {
    return Answers.ok(json -> {
      json.writeStartObject();
      json.writeStringField("uri", base(uri) + "/v1");
      json.writeEndObject();
    });
  }

  private static String base(UriInfo uri) {
    var base = uri.getBaseUri().toString();
    return base.endsWith("/") ? base.substring(0, base.length() - 1) : base;
  }
}
