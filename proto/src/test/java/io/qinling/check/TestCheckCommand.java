// SPDX-License-Identifier: Apache-2.0
package io.qinling.check;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.qinling.conf.ConfArguments;
import io.qinling.error.ErrorCode;
import io.qinling.error.QinlingException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TestCheckCommand {
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private Path file;

  @BeforeEach
  void writeConfiguration(@TempDir Path folder) throws IOException {
    file = Files.createFile(folder.resolve("qinling.conf"));
  }

  @AfterEach
  void forgetConfiguration() {
    System.clearProperty(ConfArguments.FILES_PROPERTY);
    System.clearProperty(ConfArguments.PROGRAM_PROPERTY);
  }

  @Test
  void isMeantByTheFirstOrTheLastArgument() {
    assertThat(CheckCommand.isMeant("check", "--config-file", "f")).isTrue();
    assertThat(CheckCommand.isMeant("--config-file", "f", "check")).isTrue();
    assertThat(CheckCommand.isMeant("--config-file", "f")).isFalse();
    assertThat(CheckCommand.isMeant()).isFalse();
  }

  @Test
  void warningsAreNoFailure() {
    int code =
        check(
            new Check("etcd", () -> List.of(Outcome.ok("etcd", "it answers"))),
            new Check("a longer name", () -> List.of(Outcome.warning("a longer name", "is so so"))),
            new Check("k", () -> List.of(Outcome.notConfigured("k", "[k] k is not set"))));

    assertThat(code).isZero();
    assertThat(out.toString(UTF_8).lines())
        .containsExactly(
            "WHAT           RESULT          NOTE",
            "etcd           OK              it answers",
            "a longer name  WARNING         is so so",
            "k              not configured  [k] k is not set");
  }

  @Test
  void whatALookThrowsIsAFailureWithItsDeepestCause() {
    int code =
        check(
            throwing("a", new IOException("why", new IOException("the cause"))),
            throwing(
                "b", new QinlingException(ErrorCode.UNAVAILABLE, "away", new IOException("gone"))),
            throwing("c", new NullPointerException()));

    assertThat(code).isEqualTo(1);
    assertThat(out.toString(UTF_8).lines().skip(1))
        .containsExactly(
            "a     FAILED          IOException: why: IOException: the cause",
            "b     FAILED          away: IOException: gone",
            "c     FAILED          NullPointerException");
  }

  @Test
  void aLookThatHangsIsAFailureAndTheOthersAreSaid() {
    var hanging = new CountDownLatch(1);
    var service =
        service(
            new Review(),
            new Check(
                "a",
                () -> {
                  hanging.await();
                  return List.of();
                }),
            new Check("b", () -> List.of(Outcome.ok("b", "is well"))));

    int code =
        CheckCommand.run(
            new PrintStream(out, true, UTF_8),
            Duration.ofMillis(300),
            "qinling-api",
            service,
            "check",
            "--config-file",
            file.toString());

    assertThat(code).isEqualTo(1);
    assertThat(out.toString(UTF_8)).contains("a     FAILED          no answer in time");
  }

  @Test
  void whatTheSettingsSayIsSaidOnce() {
    var review = new Review();
    review.impossible(true, "[etcd] protocol is wrong");

    int code = check(review, throwingMessage("[etcd] protocol is wrong"));

    assertThat(code).isEqualTo(1);
    assertThat(out.toString(UTF_8).lines()).hasSize(2);
  }

  @Test
  void aFileThatCannotBeReadIsAFailure() {
    int code =
        CheckCommand.run(
            new PrintStream(out, true, UTF_8),
            PATIENCE,
            "qinling-api",
            service(new Review()),
            "check",
            "--config-file",
            "/no/such/file");

    assertThat(code).isEqualTo(1);
    assertThat(out.toString(UTF_8)).contains("FAILED", "/no/such/file: no such configuration file");
  }

  @Test
  void anythingElseIsMisuse() {
    int code =
        CheckCommand.run(
            new PrintStream(out, true, UTF_8),
            PATIENCE,
            "qinling-api",
            service(new Review()),
            "check",
            "all");

    assertThat(code).isEqualTo(2);
    assertThat(out.toString(UTF_8)).startsWith("usage: qinling-api check");
  }

  private int check(Check... checks) {
    return check(new Review(), checks);
  }

  private int check(Review review, Check... checks) {
    return CheckCommand.run(
        new PrintStream(out, true, UTF_8),
        PATIENCE,
        "qinling-api",
        service(review, checks),
        "check",
        "--config-file",
        file.toString());
  }

  private static Check throwing(String subject, Exception failure) {
    Callable<List<Outcome>> look =
        () -> {
          throw failure;
        };
    return new Check(subject, look);
  }

  private static Check throwingMessage(String text) {
    return new Check("etcd", () -> List.of(Outcome.failed("etcd", text)));
  }

  private static CheckCommand.Service service(Review review, Check... checks) {
    return new CheckCommand.Service() {
      @Override
      public Review review() {
        return review;
      }

      @Override
      public List<Check> checks() {
        return List.of(checks);
      }
    };
  }
}
