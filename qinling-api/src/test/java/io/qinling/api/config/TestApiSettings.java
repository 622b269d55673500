// SPDX-License-Identifier: Apache-2.0
package io.qinling.api.config;

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

class TestApiSettings {
  private static final String GOOD =
      """
      [engine]
      secret = 0123456789abcdef0123
      [database]
      connection = mysql+pymysql://qinling:not-a-secret@db/qinling
      [keystone_authtoken]
      auth_url = https://keystone.example.org/v3
      username = qinling
      password = not-a-secret
      project_name = service
      user_domain_name = Default
      project_domain_name = Default
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
        "[api] port = 0 | [api] port = 0 must be a port",
        "[api] instance_timeout = 0s | [api] instance_timeout = 0 ms must be at least 1000 ms",
        "[api] max_input_size = 0 | [api] max_input_size = 0 must be at least 1",
        "[api] async_max_attempts = 0 | [api] async_max_attempts = 0 must be at least 1",
        "[resource_limits] max_timeout = 1 | [resource_limits] of timeout",
        "[api] enable_ssl_api = true | [ssl] cert_file must name a file that can be read",
        "[keystone_authtoken] auth_type = token | [keystone_authtoken] auth_type must be",
        "[etcd] endpoints = nonsense | [etcd] endpoints has nonsense",
        "[database] connection = oracle://db | [database] connection cannot be used",
        "[engine] secret = short | [engine] secret must have at least 16",
        "[engine] start_allowance = 0s | [engine] start_allowance = 0 ms must be",
      })
  void whatIsImpossibleIsNamed(String setting, String words) throws IOException {
    assertOnly(review(setting), FAILED, words);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "[pecan] auth_enable = false | [pecan] auth_enable = false and [api] host = 0.0.0.0",
        "[pecan] auth_enable = false; [api] host = ::1; [cors] allowed_origin = * | [cors] allowed_origin = *",
        "[keystone_authtoken] insecure = true | [keystone_authtoken] insecure = true",
        "[etcd] host = etcd.example.org; [etcd] protocol = http | [etcd] protocol = http",
        "[etcd] host = ::1; [database] connection = h2:////a/b | [database] connection = h2",
        "[engine] secret = changemechangeme | [engine] secret can be guessed",
      })
  void whatIsUnsafeIsNamed(String settings, String words) throws IOException {
    assertOnly(review(settings), WARNING, words);
  }

  @Test
  void nobodyNeedsToAuthenticateWhereOnlyThisHostCanCall() throws IOException {
    assertThat(review("[pecan] auth_enable = false; [api] host = 127.0.0.1"))
        .extracting(Outcome::verdict)
        .containsOnly(OK);
  }

  @Test
  void whatTellsOfNoEngineMayBeWrong() throws IOException {
    assertThat(review("[api] engines = engine1:7071; [etcd] endpoints = nonsense"))
        .extracting(Outcome::verdict)
        .containsOnly(OK);
  }

  private static void assertOnly(List<Outcome> found, Outcome.Verdict verdict, String words) {
    var rest = found.stream().filter(outcome -> outcome.verdict() != OK).toList();
    assertThat(rest).hasSize(1);
    assertThat(rest.getFirst().verdict()).isEqualTo(verdict);
    assertThat(rest.getFirst().text()).startsWith(words).doesNotContain("not-a-secret");
  }

  /** What is said of good settings with others that replace some of them. */
  private List<Outcome> review(String settings) throws IOException {
    var conf = GOOD + settings.replace("; ", "\n").replace("] ", "]\n") + "\n";
    var file = Files.writeString(folder.resolve("qinling.conf"), conf);
    Files.setPosixFilePermissions(file, fromString("rw-r-----"));
    var _ = ConfArguments.apply("qinling-api", "--config-file", file.toString());
    return ApiSettings.review(ApiSettings.read()).outcomes();
  }
}
