// SPDX-License-Identifier: Apache-2.0
package io.qinling.engine.config;

import static io.qinling.check.Outcome.Verdict.FAILED;
import static io.qinling.check.Outcome.Verdict.OK;
import static io.qinling.check.Outcome.Verdict.WARNING;
import static java.nio.file.attribute.PosixFilePermissions.fromString;
import static org.assertj.core.api.Assertions.assertThat;

import io.qinling.check.Outcome;
import io.qinling.conf.ConfArguments;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TestEngineSettings {
  private static final String GOOD =
      """
      [engine]
      host = 10.0.0.1
      secret = 0123456789abcdef0123
      [kubernetes]
      kube_host = https://kubernetes.example.org
      """;

  @TempDir Path folder;

  @AfterEach
  void forgetConfiguration() {
    System.clearProperty(ConfArguments.FILES_PROPERTY);
    System.clearProperty(ConfArguments.PROGRAM_PROPERTY);
  }

  @Test
  void nothingIsSaidOfGoodSettings() throws IOException {
    assertThat(review("")).extracting(Outcome::verdict).containsOnly(OK);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "[engine] port = 70000 | [engine] port = 70000 must be a port",
        "[engine] advertise_address = engine1 | [engine] advertise_address = engine1 must be host:port",
        "[engine] function_concurrency = 0 | [engine] function_concurrency = 0 must be at least 1",
        "[engine] function_service_expiration = 0 | [engine] function_service_expiration = 0 must",
        "[engine] project_concurrency = 0 | [engine] project_concurrency = 0 must be at least 1",
        "[engine] load_timeout = 0s | [engine] load_timeout = 0 ms must be at least 1000 ms",
        "[engine] orchestrator = swarm | [engine] orchestrator = swarm is unknown; known: kubernetes, local",
        "[storage] provider = s3 | [storage] provider = s3 is unknown; known: local",
        "[engine] orchestrator = local; [local] pool_size = 200 | [local] pool_size must be",
        "[kubernetes] kube_host = http://10.0.0.1 | [kubernetes] kube_host = http://10.0.0.1 is not",
        "[kubernetes] worker_access = magic | [kubernetes] worker_access = magic is unknown",
        "[kubernetes] replicas = -1 | [kubernetes] replicas is -1, less than 1",
        "[etcd] host = h; [etcd] session_ttl = 1s | [etcd] session_ttl is 1000 ms",
        "[engine] secret = short | [engine] secret must have at least 16",
      })
  void whatIsImpossibleIsNamed(String settings, String words) throws IOException {
    assertOnly(review(settings), FAILED, words);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "[etcd] host = etcd.example.org; [etcd] protocol = http | [etcd] protocol = http",
        "[etcd] host = etcd.example.org; [engine] host = 127.0.0.1 | 127.0.0.1:7071 is what others are told",
        "[engine] load_timeout = 71s | [engine] queue_timeout and load_timeout together, 101 s",
        "[kubernetes] image_start_timeout = 71s | [engine] queue_timeout and [kubernetes] image_start_timeout",
        "[storage] file_system_dir = /dev/shm | [storage] file_system_dir = /dev/shm is in memory",
      })
  void whatIsUnsafeIsNamed(String settings, String words) throws IOException {
    assertOnly(review(settings), WARNING, words);
  }

  private static void assertOnly(List<Outcome> found, Outcome.Verdict verdict, String words) {
    var rest = found.stream().filter(outcome -> outcome.verdict() != OK).toList();
    assertThat(rest).hasSize(1);
    assertThat(rest.getFirst().verdict()).isEqualTo(verdict);
    assertThat(rest.getFirst().text()).startsWith(words);
  }

  /** What is said of good settings with others that replace some of them. */
  private List<Outcome> review(String settings) throws IOException {
    var conf = GOOD + settings.replace("; ", "\n").replace("] ", "]\n") + "\n";
    var file = Files.writeString(folder.resolve("qinling.conf"), conf);
    Files.setPosixFilePermissions(file, fromString("rw-r-----"));
    var _ = ConfArguments.apply("qinling-engine", "--config-file", file.toString());
    return EngineSettings.review(EngineSettings.read()).outcomes();
  }
}
