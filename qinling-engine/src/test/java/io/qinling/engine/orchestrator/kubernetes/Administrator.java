// SPDX-License-Identifier: Apache-2.0
package io.qinling.engine.orchestrator.kubernetes;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Who prepares the cluster of the tests for the engine. */
final class Administrator {
  private static final String KUBECTL =
      Optional.ofNullable(System.getenv("QINLING_TEST_KUBECTL")).orElse("kubectl");

  private final String namespace;

  Administrator(String namespace) {
    this.namespace = namespace;
  }

  /** The name of a user; who has that of the namespace has the engine's rights. */
  String user(String suffix) {
    return namespace + suffix;
  }

  /** Makes ca.pem, cert.pem and key.pem as deploy/kubernetes/README.md says. */
  void certify(String user, Path folder, String... options) {
    var command = new ArrayList<>(List.of("../deploy/kubernetes/certificate.sh", "--user", user));
    command.addAll(List.of(options));
    command.add(folder.toString());
    run(command);
  }

  void kubectl(String... arguments) {
    var command = new ArrayList<>(List.of(KUBECTL, "--namespace", namespace));
    command.addAll(List.of(arguments));
    run(command);
  }

  static void openssl(String... arguments) {
    var command = new ArrayList<>(List.of("openssl"));
    command.addAll(List.of(arguments));
    run(command);
  }

  private static void run(List<String> command) {
    var builder = new ProcessBuilder(command).redirectErrorStream(true);
    builder.environment().put("KUBECTL", KUBECTL);
    builder
        .environment()
        .computeIfAbsent("KUBECONFIG", _ -> System.getenv("QINLING_TEST_KUBECONFIG"));
    try {
      var process = builder.start();
      var said = new String(process.getInputStream().readAllBytes(), UTF_8);
      if (process.waitFor() != 0) {
        throw new IllegalStateException(command + ": " + said);
      }
    } catch (IOException failed) {
      throw new UncheckedIOException(failed);
    } catch (InterruptedException stopping) {
      throw new IllegalStateException(stopping);
    }
  }
}
