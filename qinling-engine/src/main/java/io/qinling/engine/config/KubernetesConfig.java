// SPDX-License-Identifier: Apache-2.0
package io.qinling.engine.config;

import static io.smallrye.config.ConfigMapping.NamingStrategy.SNAKE_CASE;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * Section {@code [kubernetes]}, for {@code [engine] orchestrator = kubernetes}. A section {@code
 * [kubernetes.NAME]} with an {@code image} is for the runtimes of that image: what it has of {@code
 * replicas}, {@code worker_cpu}, {@code worker_memory}, {@code untrusted_runtime_class}, {@code
 * image_pull_secrets}, {@code node_selector}, {@code tolerations}, {@code labels}, {@code
 * annotations} and {@code environment} takes the place of what is here. Changes hold for the
 * workers that an engine's start finds waiting in their pool, not for those in use.
 */
@ConfigMapping(prefix = "qinling.kubernetes", namingStrategy = SNAKE_CASE)
public interface KubernetesConfig {
  /** URL of the API server. Plain {@code http} is for the loopback address only. */
  @WithDefault("http://127.0.0.1:8001")
  String kubeHost();

  /** Whether the engine shows a certificate to the API server, and checks the one of that. */
  @WithDefault("true")
  boolean useApiCertificate();

  /** The CA of the API server, PEM. */
  @WithDefault("/etc/qinling/pki/kubernetes/ca.crt")
  Path sslCaCert();

  /** The engine's certificate, PEM. Is read again when it changes. */
  @WithDefault("/etc/qinling/pki/kubernetes/qinling.crt")
  Path certFile();

  /** The key of the certificate: RSA or EC, PEM of PKCS#1, SEC 1 or PKCS#8, not encrypted. */
  @WithDefault("/etc/qinling/pki/kubernetes/qinling.key")
  Path keyFile();

  /** Namespace of all that the engine makes; it must exist. */
  @WithDefault("qinling")
  String namespace();

  /** Free workers that each runtime keeps ready. */
  @WithDefault("3")
  int replicas();

  /** Most workers beyond {@code replicas} that start at a time while executions wait. */
  @WithDefault("10")
  int burst();

  /** Workers of all runtimes together that functions may hold, and containers of executions. */
  @WithDefault("500")
  int maxWorkers();

  /** How the engine reaches workers: {@code pod_ip}, {@code node_port} or {@code auto}. */
  @WithDefault("auto")
  String workerAccess();

  /** Longest time until the workers of a new runtime, or of its new image, are ready. */
  @WithDefault("10m")
  Duration startTimeout();

  /**
   * Longest time until the container of an execution runs, for functions that are an image: for a
   * place in the cluster and pulling the image. The function's time-out counts from then on. The
   * api's {@code [engine] start_allowance} covers it together with {@code [engine] queue_timeout}.
   */
  @WithDefault("1m")
  Duration imageStartTimeout();

  /**
   * Images that functions of source {@code image} may be, as the function names them; one that ends
   * with {@code *} is the beginning of names. Others do not run, also not for functions that are
   * there already.
   */
  @WithDefault("*")
  List<String> allowedImages();

  /**
   * Networks from where workers take connections, instead of the addresses of the engines. Needed
   * in clusters that enforce NetworkPolicy when {@code kube_host} is a loopback address, when
   * addresses are translated between engines and workers, and for engines that are pods in the
   * network of their node. Engines in other pods of the cluster are known by their labels.
   */
  Optional<List<String>> trustedCidrs();

  /** RuntimeClass of the workers of runtimes that are not trusted. */
  Optional<String> untrustedRuntimeClass();

  /** Processors that a worker may use, as a Kubernetes quantity such as {@code 500m}. */
  Optional<String> workerCpu();

  /** Memory that a worker may use, as a Kubernetes quantity such as {@code 512Mi}. */
  Optional<String> workerMemory();

  /** Secrets of the namespace by which images are pulled. */
  Optional<List<String>> imagePullSecrets();

  /** Labels of the nodes that workers may be on: {@code name=value}. */
  Optional<List<String>> nodeSelector();

  /** Taints that workers tolerate: {@code key=value:effect} or {@code key:effect}. */
  Optional<List<String>> tolerations();

  /** Labels that workers get besides ours: {@code name=value}. */
  Optional<List<String>> labels();

  /** Annotations that workers get: {@code name=value}. */
  Optional<List<String>> annotations();

  /** Environment variables of workers, which functions see: {@code NAME=value}. */
  Optional<List<String>> environment();

  /**
   * Images that speak version 1 of the worker protocol, as upstream's do, each as the runtime has
   * it. Their pods are less confined than others, and have a sidecar.
   */
  Optional<List<String>> oldImages();
}
