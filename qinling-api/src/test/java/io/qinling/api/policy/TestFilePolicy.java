// SPDX-License-Identifier: Apache-2.0
package io.qinling.api.policy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.awaitility.Awaitility.await;

import io.qinling.api.identity.Caller;
import io.qinling.error.ErrorCode;
import io.qinling.error.QinlingException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TestFilePolicy {
  private static final Caller MEMBER = Users.withRoles("member");
  private static final Logger LOG = Logger.getLogger(FilePolicy.class.getName());

  @TempDir Path folder;
  private Path file;
  private final Errors errors = new Errors();
  private final ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor();
  private long now = 1_700_000_000_000L;

  @BeforeEach
  void listen() {
    file = folder.resolve("policy.yaml");
    LOG.addHandler(errors);
  }

  @AfterEach
  void stop() {
    LOG.removeHandler(errors);
    timer.shutdownNow();
  }

  @Test
  void refusesWithTheWordsOfTheApi() {
    var policy = policy();

    assertThatExceptionOfType(QinlingException.class)
        .isThrownBy(() -> policy.enforce(MEMBER, PolicyRule.RUNTIME_CREATE))
        .withMessage("Operation not allowed")
        .satisfies(refused -> assertThat(refused.code()).isEqualTo(ErrorCode.NOT_ALLOWED));
  }

  @Test
  void comparesWithTheProjectOfTheObject() {
    var policy = policy();

    assertThat(allows(policy, MEMBER, Users.PROJECT)).isTrue();
    assertThat(allows(policy, MEMBER, Users.OTHER_PROJECT)).isFalse();
    assertThat(allows(policy, Users.withRoles("admin"), Users.OTHER_PROJECT)).isTrue();
  }

  @Test
  void theServiceItselfMayDoWhatIsOfItsOwnProject() {
    write("'function:create': '!'");
    var policy = policy();

    assertThat(allows(policy, Caller.inProject(Users.PROJECT), Users.PROJECT)).isTrue();
    assertThat(allows(policy, Caller.inProject(Users.PROJECT), Users.OTHER_PROJECT)).isFalse();
  }

  @Test
  void laterFilesOutweighEarlierOnes() throws IOException {
    write("'function:create': '!'\n'function:get': '!'");
    Files.createDirectory(folder.resolve("policy.d"));
    Files.writeString(folder.resolve("policy.d/10-first"), "'function:create': role:nobody");
    Files.writeString(folder.resolve("policy.d/20-second"), "'function:create': role:member");
    var policy = policy();

    assertThat(allows(policy, MEMBER, Users.PROJECT)).isTrue();
    assertThatExceptionOfType(QinlingException.class)
        .isThrownBy(() -> policy.enforce(MEMBER, PolicyRule.FUNCTION_GET));
  }

  @Test
  void aBrokenFileFailsTheStart() {
    write("'function:create': @");

    assertThatExceptionOfType(PolicyException.class)
        .isThrownBy(this::policy)
        .withMessage(
            file
                + ":1: found character '@' that cannot start any token. (Do not use @ for"
                + " indentation); a rule @ needs quotation marks around it");
  }

  @Test
  void aRuleThatIsNoneDeniesAndDoesNotFailTheStart() {
    write("'function:create': https://example.org");

    assertThat(allows(policy(), MEMBER, Users.PROJECT)).isFalse();
    assertThat(errors.messages)
        .containsExactly(
            file
                + ":1: rule function:create: checks by https: are not supported; decide by roles instead");
  }

  @Test
  void takesUpAChangeOnceItHasSettled() {
    var policy = policy();
    write("'function:create': '!'");

    policy.refresh();
    assertThat(allows(policy, MEMBER, Users.PROJECT)).isTrue();
    policy.refresh();
    assertThat(allows(policy, MEMBER, Users.PROJECT)).isFalse();
  }

  @Test
  void waitsWhileAFileIsBeingWritten() {
    write("'function:create': '!'");
    var policy = policy();

    write("");
    policy.refresh();
    assertThat(allows(policy, MEMBER, Users.PROJECT)).isFalse();
    write("'function:create': '!' # as before");
    policy.refresh();
    assertThat(allows(policy, MEMBER, Users.PROJECT)).isFalse();
    policy.refresh();
    assertThat(allows(policy, MEMBER, Users.PROJECT)).isFalse();
  }

  @Test
  void noticesAFileOfTheSameSize() {
    write("'function:create': '!'");
    var policy = policy();
    write("'function:create': '@'");

    refreshTwice(policy);

    assertThat(allows(policy, MEMBER, Users.PROJECT)).isTrue();
  }

  @Test
  void noticesFilesThatAppearAndVanish() throws IOException {
    var policy = policy();
    Files.createDirectory(folder.resolve("policy.d"));
    Files.writeString(folder.resolve("policy.d/a.yaml"), "'function:create': '!'");
    refreshTwice(policy);
    assertThat(allows(policy, MEMBER, Users.PROJECT)).isFalse();

    Files.delete(folder.resolve("policy.d/a.yaml"));
    refreshTwice(policy);
    assertThat(allows(policy, MEMBER, Users.PROJECT)).isTrue();
  }

  @Test
  void aChangeThatIsBrokenLeavesTheRulesAndIsReportedOnce() {
    write("'function:create': '!'");
    var policy = policy();

    write("'function:create': [");
    refreshTwice(policy);
    refreshTwice(policy);
    assertThat(allows(policy, MEMBER, Users.PROJECT)).isFalse();
    assertThat(errors.messages)
        .singleElement()
        .asString()
        .startsWith("The policy is left as it was: " + file + ":1: ");

    write("'function:create': '@'");
    refreshTwice(policy);
    assertThat(allows(policy, MEMBER, Users.PROJECT)).isTrue();
    assertThat(errors.messages).hasSize(1);
  }

  @Test
  void aNamedFileThatVanishesLeavesTheRules() throws IOException {
    write("'function:create': '!'");
    var policy = new FilePolicy(settings(Optional.of("policy.yaml")), timer);

    Files.delete(file);
    refreshTwice(policy);
    refreshTwice(policy);

    assertThat(allows(policy, MEMBER, Users.PROJECT)).isFalse();
    assertThat(errors.messages).hasSize(1);
  }

  @Test
  void looksForChangesByItself() {
    try (var policy = policy()) {
      policy.watch(Duration.ofMillis(5));
      write("'function:create': '!'");

      await().until(() -> !allows(policy, MEMBER, Users.PROJECT));
    }
    assertThat(timer.isShutdown()).isTrue();
  }

  private static void refreshTwice(FilePolicy policy) {
    policy.refresh();
    policy.refresh();
  }

  private static boolean allows(Policy policy, Caller caller, String ownerProjectId) {
    try {
      policy.enforce(caller, PolicyRule.FUNCTION_CREATE, ownerProjectId);
      return true;
    } catch (QinlingException refused) {
      return false;
    }
  }

  private FilePolicy policy() {
    return new FilePolicy(settings(Optional.empty()), timer);
  }

  private PolicySettings settings(Optional<String> named) {
    return new PolicySettings(named, Optional.empty(), "default", List.of(folder));
  }

  /** Each time of another second, since the file system's clock may be a coarse one. */
  private void write(String text) {
    try {
      Files.writeString(file, text);
      now += 1_000;
      Files.setLastModifiedTime(file, FileTime.fromMillis(now));
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  private static final class Errors extends Handler {
    private final List<String> messages = new ArrayList<>();

    @Override
    public void publish(LogRecord record) {
      if (record.getLevel().intValue() >= Level.SEVERE.intValue()) {
        messages.add(record.getMessage());
      }
    }

    @Override
    public void flush() {}

    @Override
    public void close() {}
  }
}
