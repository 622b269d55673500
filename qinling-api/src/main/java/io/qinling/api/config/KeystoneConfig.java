// SPDX-License-Identifier: Apache-2.0
package io.qinling.api.config;

import static io.smallrye.config.ConfigMapping.NamingStrategy.SNAKE_CASE;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Set;

/**
 * Section {@code [keystone_authtoken]}, which is the same in all of OpenStack. Needed unless {@code
 * [pecan] auth_enable = false}. Tokens are remembered in memory; the options on memcached have no
 * effect.
 */
@ConfigMapping(prefix = "qinling.keystone_authtoken", namingStrategy = SNAKE_CASE)
public interface KeystoneConfig {
  /** Keystone's address for this service; {@code www_authenticate_uri} if unset. */
  Optional<String> authUrl();

  /** Keystone's address for clients and functions; {@code auth_url} if unset. */
  Optional<String> wwwAuthenticateUri();

  /** Old name of {@code www_authenticate_uri}. */
  Optional<String> authUri();

  /** How this service authenticates: {@code password} or {@code v3password}, which are the same. */
  @WithDefault("password")
  String authType();

  /** Name of this service's user; or {@code user_id}. */
  Optional<String> username();

  /** Id of this service's user; needs no domain. */
  Optional<String> userId();

  /** Password of this service's user. */
  Optional<String> password();

  /** Domain of the user, by its name; or {@code user_domain_id}. */
  Optional<String> userDomainName();

  /** Domain of the user, by its id. */
  Optional<String> userDomainId();

  /** Project in which the user has the role {@code service}; or {@code project_id}. */
  Optional<String> projectName();

  /** Id of that project; needs no domain. */
  Optional<String> projectId();

  /** Domain of the project, by its name; or {@code project_domain_id}. */
  Optional<String> projectDomainName();

  /** Domain of the project, by its id. */
  Optional<String> projectDomainId();

  /** Domain of user and project, by its name, where nothing else says so. */
  Optional<String> defaultDomainName();

  /** Domain of user and project, by its id, where nothing else says so. */
  Optional<String> defaultDomainId();

  /** Region whose endpoints are used; the first of any region if unset. */
  Optional<String> regionName();

  /** Certificates that the cloud's services are checked against, in PEM; the system's if unset. */
  Optional<Path> cafile();

  /** Certificate with which this service shows who it is, in PEM. */
  Optional<Path> certfile();

  /** Key of that certificate, unencrypted PKCS #8 in PEM; in {@code certfile} if unset. */
  Optional<Path> keyfile();

  /** Believe whoever answers to be Keystone. Passwords may go to anybody then. */
  @WithDefault("false")
  boolean insecure();

  /** Seconds until an attempt to ask Keystone is given up. */
  @WithDefault("10")
  int httpConnectTimeout();

  /** How often an attempt that failed is repeated. */
  @WithDefault("3")
  int httpRequestMaxRetries();

  /**
   * Seconds for which Keystone's word on a token counts, and so for which a revoked one may still
   * pass; -1 asks every time.
   */
  @WithDefault("300")
  int tokenCacheTime();

  /** Roles that make a token one of a service, which may act for a user whose token expired. */
  @WithDefault("service")
  Set<String> serviceTokenRoles();

  /** Whether a service token without such a role is refused. */
  @WithDefault("false")
  boolean serviceTokenRolesRequired();
}
