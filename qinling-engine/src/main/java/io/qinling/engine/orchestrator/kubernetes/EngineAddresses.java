// SPDX-License-Identifier: Apache-2.0
package io.qinling.engine.orchestrator.kubernetes;

import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicy;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketException;
import java.net.URI;
import java.net.UnknownHostException;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * From where the engines of a namespace reach workers, as a NetworkPolicy remembers it: each engine
 * tells its own address now and then, and leaves those of others as they are.
 *
 * @param told by networks of one address, when that was told last
 */
record EngineAddresses(SortedMap<String, Instant> told) {
  /** Annotation of a NetworkPolicy: networks, and the seconds of the epoch when they were told. */
  static final String ANNOTATION = "qinling.openstack.org/engines";

  /** How long an engine is believed to be there that does not tell its address any more. */
  static final Duration KEPT = Duration.ofDays(1);

  private static final Pattern ENTRY = Pattern.compile("(\\S+)=(\\d{1,11})(?= |$)");
  private static final int IPV4_BYTES = 4;

  /** Those of engines that told them less than {@link #KEPT} ago. */
  static EngineAddresses of(NetworkPolicy policy, Instant now) {
    var annotations = Optional.ofNullable(policy.getMetadata().getAnnotations()).orElse(Map.of());
    var told = new TreeMap<String, Instant>();
    var entries = ENTRY.matcher(annotations.getOrDefault(ANNOTATION, ""));
    while (entries.find()) {
      var at = Instant.ofEpochSecond(Long.parseLong(entries.group(2)));
      if (at.plus(KEPT).isAfter(now)) {
        told.put(entries.group(1), at);
      }
    }
    return new EngineAddresses(told);
  }

  static EngineAddresses none() {
    return new EngineAddresses(new TreeMap<>());
  }

  EngineAddresses with(String network, Instant now) {
    var more = new TreeMap<>(told);
    more.put(network, now);
    return new EngineAddresses(more);
  }

  Set<String> networks() {
    return told.keySet();
  }

  /** Value of the annotation. */
  String text() {
    return told.entrySet().stream()
        .map(entry -> entry.getKey() + "=" + entry.getValue().getEpochSecond())
        .collect(Collectors.joining(" "));
  }

  /**
   * Whether the engine is a pod of the cluster that it uses, where its labels admit it.
   *
   * @param service what pods are told the address of their API server with, if it is told
   */
  static boolean isPod(String kubeHost, Optional<String> service) throws UnknownHostException {
    return service.isPresent()
        && InetAddress.getByName(URI.create(kubeHost).getHost())
            .equals(InetAddress.getByName(service.get()));
  }

  /**
   * The address from which this host reaches the cluster, as a network; nothing is sent. Empty when
   * the API server is reached on the host itself, which says nothing of the way to workers.
   */
  static Optional<String> own(String kubeHost) throws SocketException {
    var host = URI.create(kubeHost);
    try (var socket = new DatagramSocket()) {
      socket.connect(new InetSocketAddress(host.getHost(), Math.max(1, host.getPort())));
      var address = socket.getLocalAddress();
      boolean isShort = address.getAddress().length == IPV4_BYTES;
      return address.isLoopbackAddress()
          ? Optional.empty()
          : Optional.of(address.getHostAddress() + (isShort ? "/32" : "/128"));
    }
  }
}
