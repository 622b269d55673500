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
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.Stream;
import javax.net.ssl.SSLException;
import org.jboss.logging.Logger;

/** Says what went wrong with the cluster, and which option is to be corrected. */
final class ClusterFailures {
  private static final Logger LOG = Logger.getLogger(ClusterFailures.class);
  private static final int UNPROCESSABLE = 422;
  private static final String ANONYMOUS = "system:anonymous";
  private static final String QUOTA = "exceeded quota";

  private final KubernetesSettings settings;
  private final Consumer<KubernetesClientException> unreached;

  /**
   * @param unreached is told of requests that have found no API server, or no access to it
   */
  ClusterFailures(KubernetesSettings settings, Consumer<KubernetesClientException> unreached) {
    this.settings = settings;
    this.unreached = unreached;
  }

  /** One line for the operator. */
  String explain(Throwable failure) {
    return diagnose(failure).line();
  }

  Trouble diagnose(Throwable failure) {
    return causes(failure)
        .filter(ClusterFailures::isAnswer)
        .findFirst()
        .map(answer -> answered(((KubernetesClientException) answer).getCode(), firstLine(answer)))
        .orElseGet(() -> unanswered(failure));
  }

  /** Whether the API server has said it. Failures to reach it may have a code too. */
  private static boolean isAnswer(Throwable failure) {
    return failure instanceof KubernetesClientException answer && answer.getStatus() != null;
  }

  private Trouble answered(int code, String answer) {
    // Without a certificate whose CA the server has named, none is sent.
    if (code == HTTP_UNAUTHORIZED || (code == HTTP_FORBIDDEN && answer.contains(ANONYMOUS))) {
      return new Trouble(
          "The API server does not accept the certificate of [kubernetes] cert_file; it may have"
              + " expired or be of another CA",
          "");
    }
    var rule = ruleAgainst(answer);
    if (rule.isPresent()) {
      return new Trouble(rule.get(), answer);
    }
    if (code == HTTP_FORBIDDEN) {
      return lackingRights(answer);
    }
    if (code == HTTP_NOT_FOUND && answer.contains("namespaces")) {
      return noNamespace();
    }
    return new Trouble("The API server refused", answer);
  }

  /**
   * What is to be corrected when the cluster does not admit an object, whoever makes it. The words
   * are those of the API server; the code is a webhook's own choice.
   */
  private static Optional<String> ruleAgainst(String answer) {
    if (answer.contains(QUOTA)) {
      return Optional.of("A ResourceQuota of [kubernetes] namespace is used up; raise it");
    }
    if (answer.contains("violates PodSecurity")) {
      return Optional.of(
          "The pod security of [kubernetes] namespace does not admit the pod; set the label"
              + " pod-security.kubernetes.io/enforce as deploy/kubernetes/namespace.yaml does");
    }
    return answer.contains("denied the request")
        ? Optional.of(
            "An admission webhook of the cluster denies what the engine makes in [kubernetes]"
                + " namespace; change its rules")
        : Optional.empty();
  }

  Trouble noNamespace() {
    return new Trouble("There is no [kubernetes] namespace of that name", settings.namespace());
  }

  /**
   * @param what is not allowed
   */
  Trouble lackingRights(String what) {
    return new Trouble(
        "The user of [kubernetes] cert_file lacks rights in [kubernetes] namespace; see"
            + " deploy/kubernetes/rbac.yaml",
        "namespace " + settings.namespace() + ", " + what);
  }

  private Trouble unanswered(Throwable failure) {
    var causes = causes(failure).toList();
    var detail = settings.host() + ", " + firstLine(causes.getLast());
    for (var cause : causes) {
      if (cause instanceof UnusableFileException unusable) {
        return unusable.trouble();
      }
      if (cause instanceof CertificateException || cause instanceof CertPathBuilderException) {
        return new Trouble(
            "[kubernetes] ssl_ca_cert does not vouch for the API server of [kubernetes] kube_host",
            detail);
      }
    }
    if (causes.stream().anyMatch(ClusterFailures::isAlert)) {
      return new Trouble(
          "No TLS connection to [kubernetes] kube_host with the certificate of [kubernetes]"
              + " cert_file",
          detail);
    }
    return new Trouble("[kubernetes] kube_host cannot be reached", detail);
  }

  /** Whether the server has refused to speak TLS with this client; a lost connection is another. */
  private static boolean isAlert(Throwable cause) {
    return cause instanceof SSLException && firstLine(cause).contains("fatal alert");
  }

  /** What the engine's callers are told; the rest is for the operator, and logged. */
  QinlingException translate(KubernetesClientException failure) {
    LOG.warn(explain(failure));
    boolean away = !isAnswer(failure) || failure.getCode() >= HTTP_INTERNAL_ERROR;
    if (!isAnswer(failure) || failure.getCode() == HTTP_UNAUTHORIZED) {
      unreached.accept(failure);
    }
    return away
        ? unreachable(failure)
        : new QinlingException(
            ErrorCode.ORCHESTRATOR_FAILED,
            ruleAgainst(firstLine(failure)).orElse("The orchestrator refused the request"),
            failure);
  }

  static QinlingException unreachable(Throwable cause) {
    return new QinlingException(ErrorCode.UNAVAILABLE, "The orchestrator cannot be reached", cause);
  }

  static boolean isNotFound(KubernetesClientException failure) {
    return failure.getCode() == HTTP_NOT_FOUND;
  }

  /** A right is lacking. */
  static boolean isForbidden(Throwable failure) {
    return causes(failure)
        .anyMatch(cause ->
            cause instanceof KubernetesClientException answer
                && answer.getCode() == HTTP_FORBIDDEN);
  }

  /** Somebody else made or changed the object first. */
  static boolean isConflict(KubernetesClientException failure) {
    return failure.getCode() == HTTP_CONFLICT;
  }

  /** A ResourceQuota of the namespace does not allow for another object. */
  static boolean isQuotaUsedUp(KubernetesClientException failure) {
    return failure.getCode() == HTTP_FORBIDDEN && firstLine(failure).contains(QUOTA);
  }

  /** The object is not what a patch has tested it for. */
  static boolean isFailedTest(KubernetesClientException failure) {
    return failure.getCode() == UNPROCESSABLE;
  }

  private static Stream<Throwable> causes(Throwable failure) {
    return Stream.iterate(failure, cause -> cause != null, Throwable::getCause);
  }

  private static String firstLine(Throwable failure) {
    var message = failure.getMessage();
    return message == null
        ? failure.getClass().getSimpleName()
        : message.lines().findFirst().orElse("");
  }
}
