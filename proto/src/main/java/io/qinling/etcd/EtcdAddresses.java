// SPDX-License-Identifier: Apache-2.0
package io.qinling.etcd;

import io.etcd.jetcd.ByteSequence;
import io.etcd.jetcd.Client;
import io.etcd.jetcd.ClientBuilder;
import io.etcd.jetcd.resolver.IPResolverProvider;
import io.grpc.NameResolverRegistry;
import io.netty.handler.ssl.SslContextBuilder;
import io.qinling.credentials.SystemAuthorities;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import javax.net.ssl.SSLException;

/** Where etcd is and how it is spoken to, from the configuration. */
public final class EtcdAddresses {
  private static final Duration CONNECT_PATIENCE = Duration.ofSeconds(2);
  private static final Duration KEEP_ALIVE = Duration.ofSeconds(3);
  private static final Duration KEEP_ALIVE_PATIENCE = Duration.ofSeconds(2);
  private static final Duration SHORTEST_TTL = Duration.ofSeconds(2);

  static {
    // A service loader would find it as well, but has nothing to search in a native executable.
    NameResolverRegistry.getDefaultRegistry().register(new IPResolverProvider());
  }

  private final EtcdConfig config;
  private final List<URI> members;

  private EtcdAddresses(EtcdConfig config, List<URI> members) {
    this.config = config;
    this.members = members;
  }

  /**
   * Empty when no etcd is configured.
   *
   * @throws IllegalArgumentException naming the option that cannot be
   */
  public static Optional<EtcdAddresses> of(EtcdConfig config) {
    var endpoints =
        config
            .endpoints()
            .filter(list -> !list.isEmpty())
            .or(() -> config.host().map(host -> List.of(withPort(host, config.port()))));
    if (endpoints.isEmpty()) {
      return Optional.empty();
    }
    if (!config.protocol().equals("http") && !config.protocol().equals("https")) {
      throw new IllegalArgumentException(
          "[etcd] protocol = " + config.protocol() + " is neither http nor https");
    }
    if (config.sessionTtl().compareTo(SHORTEST_TTL) < 0) {
      throw new IllegalArgumentException(
          "[etcd] session_ttl is " + config.sessionTtl().toMillis() + " ms, less than 2 seconds");
    }
    var members = endpoints.get().stream().map(each -> member(config.protocol(), each)).toList();
    requireFiles(config);
    return Optional.of(new EtcdAddresses(config, members));
  }

  /** An IPv6 address stands in brackets where a port follows. */
  private static String withPort(String host, int port) {
    return host.indexOf(':') >= 0 && !host.startsWith("[")
        ? "[" + host + "]:" + port
        : host + ":" + port;
  }

  private static URI member(String protocol, String endpoint) {
    var text = endpoint.strip();
    try {
      var uri = new URI(text.contains("://") ? text : protocol + "://" + text);
      if (uri.getHost() != null && uri.getPort() > 0 && uri.getScheme().equals(protocol)) {
        return uri;
      }
    } catch (URISyntaxException wrong) {
      throw new IllegalArgumentException("[etcd] endpoints has " + text + ": not host:port", wrong);
    }
    throw new IllegalArgumentException(
        "[etcd] endpoints has " + text + ", which is not host:port of protocol " + protocol);
  }

  private static void requireFiles(EtcdConfig config) {
    if (config.protocol().equals("https")
        && Files.exists(config.certFile()) != Files.exists(config.certKey())) {
      throw new IllegalArgumentException(
          "[etcd] cert_file and cert_key belong together, and only one of "
              + config.certFile()
              + " and "
              + config.certKey()
              + " exists");
    }
  }

  /** What an operator should know, if anything: traffic that others could read or forge. */
  public Optional<String> warning() {
    boolean exposed = config.protocol().equals("http") && !areLocal();
    return exposed
        ? Optional.of(
            "[etcd] protocol = http: whoever is on the network can change which engine runs a"
                + " function. Use https, or keep etcd on a network of its own")
        : Optional.empty();
  }

  /** Whether all members are on this host. */
  public boolean areLocal() {
    return members.stream().allMatch(EtcdAddresses::isLoopback);
  }

  private static boolean isLoopback(URI member) {
    var host = member.getHost();
    return host.equals("localhost") || host.startsWith("127.") || host.equals("[::1]");
  }

  /** See {@link EtcdConfig#sessionTtl}. */
  public Duration sessionTtl() {
    return config.sessionTtl();
  }

  /**
   * A new client; the files are read again each time.
   *
   * @throws IllegalArgumentException naming the file that cannot be used
   */
  Client connect() {
    ClientBuilder builder =
        Client.builder()
            .endpoints(members)
            .waitForReady(false)
            .connectTimeout(CONNECT_PATIENCE)
            .keepaliveTime(KEEP_ALIVE)
            .keepaliveTimeout(KEEP_ALIVE_PATIENCE)
            .keepaliveWithoutCalls(true)
            .retryMaxAttempts(2)
            .retryMaxDuration(CONNECT_PATIENCE);
    config.user().ifPresent(user -> builder.user(bytes(user)));
    config.password().ifPresent(password -> builder.password(bytes(password)));
    if (config.protocol().equals("https")) {
      try {
        builder.sslContext(this::secure);
      } catch (SSLException | RuntimeException wrong) {
        throw new IllegalArgumentException(
            "[etcd] ca_cert, cert_file or cert_key cannot be used: " + wrong.getMessage(), wrong);
      }
    }
    return builder.build();
  }

  private void secure(SslContextBuilder tls) {
    Optional.of(config.caCert())
        .filter(Files::exists)
        .or(SystemAuthorities::file)
        .ifPresent(authorities -> tls.trustManager(authorities.toFile()));
    Path certificate = config.certFile();
    if (Files.exists(certificate)) {
      tls.keyManager(certificate.toFile(), config.certKey().toFile());
    }
  }

  private static ByteSequence bytes(String text) {
    return ByteSequence.from(text, StandardCharsets.UTF_8);
  }

  @Override
  public String toString() {
    return members.toString();
  }
}
