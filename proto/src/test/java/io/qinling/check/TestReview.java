// SPDX-License-Identifier: Apache-2.0
package io.qinling.check;

import static io.qinling.check.Outcome.Verdict.FAILED;
import static io.qinling.check.Outcome.Verdict.OK;
import static java.nio.file.attribute.PosixFilePermissions.fromString;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.qinling.conf.ConfException;
import io.qinling.conf.QinlingConf;
import io.qinling.credentials.ServiceSecret;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TestReview {
  private final Review review = new Review();

  @TempDir Path folder;

  @Test
  void whatIsImpossibleRefusesTheStartInOneLineAndWhatIsUnsafeDoesNot() {
    review.unsafe(true, "unsafe");
    assertThatCode(review::requirePossible).doesNotThrowAnyException();

    review.atLeast("[engine] a", 1, 0);
    review.atLeast("[engine] b", 1, 1);
    review.atLeast("[engine] c", Duration.ofSeconds(1), Duration.ofMillis(999));
    review.port("[engine] d", 65536);
    review.possible(() -> {
      throw new IllegalArgumentException("[engine] e cannot be");
    });

    assertThatExceptionOfType(ConfException.class)
        .isThrownBy(review::requirePossible)
        .withMessage(
            "[engine] a = 0 must be at least 1; [engine] c = 999 ms must be at least 1000 ms;"
                + " [engine] d = 65536 must be a port, 1 to 65535; [engine] e cannot be");
    var warned = new ArrayList<String>();
    review.warn(warned::add);
    assertThat(warned).containsExactly("unsafe");
  }

  @Test
  void filesAreNamedWithWhatHasNoEffectInThem() throws IOException {
    var file = conf("[engine]\nporrt = 1\n", "rw-r--r--");

    review.files(QinlingConf.read(List.of(file)));

    assertThat(review.outcomes())
        .containsExactly(
            Outcome.ok("configuration", file.toString()),
            Outcome.warning(
                "configuration", file + ":2: unknown option [engine] porrt; did you mean port?"));
  }

  @Test
  void aFileWithPasswordsIsNotForEverybody() throws IOException {
    var mine = conf("[engine]\nsecret = x\n", "rw-r-----");
    review.files(QinlingConf.read(List.of(mine)));
    assertThat(review.outcomes()).extracting(Outcome::verdict).containsExactly(OK);

    var open = conf("[engine]\nsecret = x\n", "rw-r--r--");
    review.files(QinlingConf.read(List.of(open)));
    assertThat(review.outcomes().getLast().text())
        .startsWith(open + " holds passwords, and everybody on this host may read it");
  }

  @Test
  void credentialsInAddressesAreNotShown() {
    review.impossible(true, "[etcd] endpoints has https://user:p@ss/word@etcd:2379: not so");

    assertThat(review.outcomes().getFirst().text())
        .isEqualTo("[etcd] endpoints has https://...@etcd:2379: not so");
  }

  @Test
  void noFileIsNeeded() {
    review.files(QinlingConf.read(List.of()));

    assertThat(review.outcomes())
        .containsExactly(
            Outcome.ok("configuration", "there is no file; the environment and the defaults hold"));
  }

  @ParameterizedTest
  @CsvSource({
    ", FAILED, is not set",
    "short, FAILED, at least 16",
    "aaaaaaaaaaaaaaaaaaaa, WARNING, can be guessed",
    "0123456789abcdef0123, OK, is set"
  })
  void aSecretIsNeededAndShouldBeMade(String secret, Outcome.Verdict verdict, String words) {
    review.secret(Optional.ofNullable(secret), known(null));

    assertThat(review.outcomes()).hasSize(1);
    assertThat(review.outcomes().getFirst().verdict()).isEqualTo(verdict);
    assertThat(review.outcomes().getFirst().text()).contains(words);
    if (secret != null) {
      assertThat(review.outcomes().getFirst().text()).doesNotContain(secret);
    }
  }

  @Test
  void aPasswordOfKeystoneStandsInForTheSecret() {
    review.secret(Optional.empty(), known("the password of qinling"));

    assertThat(review.outcomes().getFirst().verdict()).isEqualTo(OK);
    assertThat(review.outcomes().getFirst().text()).startsWith("derived from");
  }

  @Test
  void aKeyIsNotForEverybody() throws IOException {
    review.key("[ssl] key_file", folder.resolve("absent"));
    review.key("[ssl] key_file", conf("", "rw-rw----"));
    assertThat(review.outcomes()).isEmpty();

    review.key("[ssl] key_file", conf("", "rw-r--r--"));
    assertThat(review.outcomes().getFirst().text()).startsWith("[ssl] key_file: everybody");
  }

  @Test
  void aFolderIsWritableOrCanBeMade() throws IOException {
    var file = Files.createFile(folder.resolve("file"));

    assertThat(CommonChecks.folder("f", "[s] o", folder))
        .isEqualTo(Outcome.ok("f", folder + " can be written"));
    assertThat(CommonChecks.folder("f", "[s] o", folder.resolve("a/b")).text())
        .endsWith("will be made by the start");
    assertThat(folder.resolve("a")).doesNotExist();
    assertThat(CommonChecks.folder("f", "[s] o", file.resolve("a")).verdict()).isEqualTo(FAILED);
  }

  private Path conf(String text, String mode) throws IOException {
    var file = Files.writeString(Files.createTempFile(folder, "qinling", ".conf"), text);
    return Files.setPosixFilePermissions(file, fromString(mode));
  }

  private static ServiceSecret known(String password) {
    return new ServiceSecret() {
      @Override
      public Optional<String> password() {
        return Optional.ofNullable(password);
      }

      @Override
      public Optional<String> memcacheSecretKey() {
        return Optional.empty();
      }
    };
  }
}
