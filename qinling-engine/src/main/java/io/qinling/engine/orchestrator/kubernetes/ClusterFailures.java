// SPDX-License-Identifier: Apache-2.0
package io.qinling.engine.orchestrator.kubernetes;

import static java.net.HttpURLConnection.HTTP_CONFLICT;
import static java.net.HttpURLConnection.HTTP_FORBIDDEN;
import static java.net.HttpURLConnection.HTTP_INTERNAL_ERROR;
import static java.net.HttpURLConnection.HTTP_NOT_FOUND;
import static java.net.HttpURLConnection.HTTP_UNAUTHORIZED;

import io.fabric8.kubernetes.client.KubernetesClientException;
import io.qinling.error.ErrorCode;
import io.qinling.error.QinlingException;
import java.security.cert.CertPathBuilderException;
import java.security.cert.CertificateException;
import java.util.stream.Stream;
import javax.net.ssl.SSLException;
import org.jboss.logging.Logger;

/** Says what went wrong with the cluster, and which option is to be corrected. */
final class ClusterFailures {
  private static final Logger LOG = Logger.getLogger(ClusterFailures.class);
  private static final int UNPROCESSABLE = 422;

  private final KubernetesSettings settings;

  ClusterFailures(KubernetesSettings settings) {
    this.settings = settings;
  }

  /** One line for the operator. */
  String explain(Throwable failure) {
    int code = failure instanceof KubernetesClientException answer ? answer.getCode() : 0;
    if (code == HTTP_UNAUTHORIZED) {
      return "The API server does not accept the certificate of [kubernetes] cert_file; it may have"
          + " expired or be of another CA";
    }
    if (code == HTTP_FORBIDDEN) {
      return "The user of [kubernetes] cert_file lacks a right in [kubernetes] namespace "
          + settings.namespace()
          + "; see deploy/kubernetes/rbac.yaml: "
          + firstLine(failure);
    }
    if (code == HTTP_NOT_FOUND && firstLine(failure).contains("namespaces")) {
      return "There is no [kubernetes] namespace " + settings.namespace();
    }
    if (code != 0) {
      return "The API server refused: " + firstLine(failure);
    }
    if (causes(failure)
        .anyMatch(cause ->
            cause instanceof CertificateException || cause instanceof CertPathBuilderException)) {
      return "[kubernetes] ssl_ca_cert does not vouch for the API server " + settings.host();
    }
    if (causes(failure).anyMatch(SSLException.class::isInstance)) {
      return "No TLS connection to [kubernetes] kube_host "
          + settings.host()
          + " with the certificate of [kubernetes] cert_file: "
          + firstLine(root(failure));
    }
    return "[kubernetes] kube_host "
        + settings.host()
        + " cannot be reached: "
        + firstLine(root(failure));
  }

  /** What the engine's callers are told; the rest is for the operator, and logged. */
  QinlingException translate(KubernetesClientException failure) {
    LOG.warn(explain(failure));
    boolean away = failure.getCode() == 0 || failure.getCode() >= HTTP_INTERNAL_ERROR;
    return away
        ? unreachable(failure)
        : new QinlingException(
            ErrorCode.ORCHESTRATOR_FAILED, "The orchestrator refused the request", failure);
  }

  static QinlingException unreachable(Throwable cause) {
    return new QinlingException(ErrorCode.UNAVAILABLE, "The orchestrator cannot be reached", cause);
  }

  static boolean isNotFound(KubernetesClientException failure) {
    return failure.getCode() == HTTP_NOT_FOUND;
  }

  /** Somebody else made or changed the object first. */
  static boolean isConflict(KubernetesClientException failure) {
    return failure.getCode() == HTTP_CONFLICT;
  }

  /** A ResourceQuota of the namespace does not allow for another object. */
  static boolean isQuotaUsedUp(KubernetesClientException failure) {
    return failure.getCode() == HTTP_FORBIDDEN && firstLine(failure).contains("exceeded quota");
  }

  /** The object is not what a patch has tested it for. */
  static boolean isFailedTest(KubernetesClientException failure) {
    return failure.getCode() == UNPROCESSABLE;
  }

  private static Stream<Throwable> causes(Throwable failure) {
    return Stream.iterate(failure, cause -> cause != null, Throwable::getCause);
  }

  private static Throwable root(Throwable failure) {
    return causes(failure).reduce((_, deeper) -> deeper).orElse(failure);
  }

  private static String firstLine(Throwable failure) {
    var message = failure.getMessage();
    return message == null
        ? failure.getClass().getSimpleName()
        : message.lines().findFirst().orElse("");
  }
}
