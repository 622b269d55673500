// SPDX-License-Identifier: Apache-2.0
package io.qinling.api.function;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.qinling.api.database.DatabaseKind;
import io.qinling.api.database.TestDatabase;
import io.qinling.api.engine.MemoryEngine;
import io.qinling.api.identity.Caller;
import io.qinling.api.identity.NoTrusts;
import io.qinling.api.policy.Policy;
import io.qinling.error.ErrorCode;
import io.qinling.error.QinlingException;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Who sees the workers of a function. */
class TestFunctionWorkers {
  private static final String ID = "11111111-1111-4111-8111-111111111111";
  private static final String UNKNOWN = "99999999-9999-4999-8999-999999999999";
  private static final Caller OWNER = Caller.inProject("p1");
  private static final Caller OTHER = Caller.inProject("p2");
  private static final Caller ADMIN = new Caller("p2", true, Optional.empty());

  /** As the rule {@code rule:owner}. */
  private static final Policy OWNERS = (caller, _, owner) -> caller.requireOwner(owner);

  private final MemoryEngine engine = new MemoryEngine();
  private TestDatabase test;

  @BeforeEach
  void open() {
    test = TestDatabase.migrated(DatabaseKind.H2);
    var database = test.open();
    database.execute(
        "INSERT INTO runtimes (id, project_id, image, status) VALUES ('r', 'p0', 'i', 'available')");
    database.execute(
        "INSERT INTO functions (id, project_id, runtime_id, code, timeout)"
            + " VALUES (?, 'p1', 'r', '{\"source\": \"package\"}', 5)",
        ID);
    engine.workers.add("w");
  }

  @AfterEach
  void close() {
    test.close();
  }

  @Test
  void aFunctionThatIsNotSeenHasNoneWhateverTheRulesSay() {
    var functions = functions(Policy.ALLOW_ALL);

    assertThat(functions.workers(OWNER, ID, 0)).containsExactly("w");
    assertThat(functions.workers(ADMIN, ID, 0)).containsExactly("w");
    assertRefused(ErrorCode.NOT_FOUND, functions, OTHER);
  }

  @Test
  void theRuleIsAskedForTheProjectOfTheFunction() {
    var functions = functions(OWNERS);

    assertThat(functions.workers(OWNER, ID, 0)).containsExactly("w");
    assertRefused(ErrorCode.NOT_ALLOWED, functions, ADMIN);
  }

  @Test
  void ofAFunctionWithoutARecordTheEngineIsAsked() {
    assertThat(functions(OWNERS).workers(OTHER, UNKNOWN, 0)).containsExactly("w");
  }

  private static void assertRefused(ErrorCode code, Functions functions, Caller caller) {
    assertThatThrownBy(() -> functions.workers(caller, ID, 0))
        .isInstanceOfSatisfying(
            QinlingException.class, refused -> assertThat(refused.code()).isEqualTo(code));
  }

  private Functions functions(Policy policy) {
    var store = new FunctionStore(test.open());
    return new Functions(
        store, null, new Packages(engine, store), engine, new NoTrusts(), policy, null);
  }
}
