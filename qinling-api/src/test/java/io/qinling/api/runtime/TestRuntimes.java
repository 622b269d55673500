// SPDX-License-Identifier: Apache-2.0
package io.qinling.api.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.qinling.api.database.DatabaseKind;
import io.qinling.api.database.TestDatabase;
import io.qinling.api.engine.MemoryEngine;
import io.qinling.api.engine.PoolCapacity;
import io.qinling.api.identity.Caller;
import io.qinling.api.policy.Policy;
import io.qinling.error.ErrorCode;
import io.qinling.error.QinlingException;
import java.time.Clock;
import java.time.Instant;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Who sees the pool of a runtime. */
class TestRuntimes {
  private static final String ID = "11111111-1111-4111-8111-111111111111";
  private static final Caller OWNER = Caller.inProject("p1");
  private static final Caller OTHER = Caller.inProject("p2");
  private static final Caller ADMIN = new Caller("p2", true, Optional.empty());

  /** As the rule {@code rule:owner}. */
  private static final Policy OWNERS = (caller, _, owner) -> caller.requireOwner(owner);

  private TestDatabase test;
  private RuntimeStore store;

  @BeforeEach
  void open() {
    test = TestDatabase.migrated(DatabaseKind.H2);
    store = new RuntimeStore(test.open(), () -> "none");
  }

  @AfterEach
  void close() {
    test.close();
  }

  @Test
  void aRuntimeThatIsNotSeenHasNoPoolWhateverTheRulesSay() {
    insert(false);
    var runtimes = runtimes(Policy.ALLOW_ALL);

    assertThat(runtimes.pool(OWNER, ID)).isEqualTo(new PoolCapacity(0, 0, 0));
    assertThat(runtimes.pool(ADMIN, ID)).isEqualTo(new PoolCapacity(0, 0, 0));
    assertRefused(ErrorCode.NOT_FOUND, runtimes, OTHER);
  }

  @Test
  void theRuleIsAskedForTheProjectOfTheRuntime() {
    insert(true);
    var runtimes = runtimes(OWNERS);

    assertThat(runtimes.pool(OWNER, ID)).isEqualTo(new PoolCapacity(0, 0, 0));
    assertRefused(ErrorCode.NOT_ALLOWED, runtimes, OTHER);
  }

  private static void assertRefused(ErrorCode code, Runtimes runtimes, Caller caller) {
    assertThatThrownBy(() -> runtimes.pool(caller, ID))
        .isInstanceOfSatisfying(
            QinlingException.class, refused -> assertThat(refused.code()).isEqualTo(code));
  }

  private Runtimes runtimes(Policy policy) {
    var engine = new MemoryEngine();
    var clock = Clock.systemUTC();
    return new Runtimes(
        store, new PoolKeeper(store, engine, Runnable::run, clock), engine, policy, clock);
  }

  private void insert(boolean isPublic) {
    store.insert(
        new RuntimeRecord(
            ID,
            "p1",
            null,
            null,
            "image",
            null,
            RuntimeStatus.AVAILABLE,
            isPublic,
            true,
            Instant.EPOCH,
            null));
  }
}
