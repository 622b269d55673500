// SPDX-License-Identifier: Apache-2.0
package io.qinling.api.config;

import static io.smallrye.config.ConfigMapping.NamingStrategy.SNAKE_CASE;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.util.List;
import java.util.Optional;

/** Section {@code [cors]}: which pages of other sites may call the API from a browser. */
@ConfigMapping(prefix = "qinling.cors", namingStrategy = SNAKE_CASE)
public interface CorsConfig {
  /** Origins such as {@code https://horizon.example.org}; without any, no page may. */
  Optional<List<String>> allowedOrigin();

  /** Whether a browser may send cookies and the like. */
  @WithDefault("true")
  boolean allowCredentials();

  /** Seconds for which a browser may keep what it was told. */
  @WithDefault("3600")
  int maxAge();

  /** Headers of answers that a page may read. */
  @WithDefault(
      "X-Auth-Token,X-Subject-Token,X-Service-Token,X-Project-Id,X-User-Name,X-Project-Name,"
          + "X-Openstack-Request-Id")
  List<String> exposeHeaders();

  /** Verbs that a page may use. */
  @WithDefault("GET,PUT,POST,DELETE,PATCH")
  List<String> allowMethods();

  /** Headers that a page may send. */
  @WithDefault(
      "X-Auth-Token,X-Identity-Status,X-Roles,X-Service-Catalog,X-User-Id,X-Tenant-Id,X-Project-Id,"
          + "X-User-Name,X-Project-Name")
  List<String> allowHeaders();
}
