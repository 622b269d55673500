// SPDX-License-Identifier: Apache-2.0
package io.qinling.api.alias;

import io.qinling.api.database.Condition;
import io.qinling.api.identity.Caller;
import io.qinling.api.policy.Policy;
import io.qinling.api.policy.PolicyRule;
import io.qinling.error.ErrorCode;
import io.qinling.error.QinlingException;
import java.time.Clock;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Consumer;

/** What can be done with aliases. */
public final class Aliases {
  private final AliasStore store;
  private final Targets targets;
  private final Policy policy;
  private final Clock clock;

  public Aliases(AliasStore store, Targets targets, Policy policy, Clock clock) {
    this.store = store;
    this.targets = targets;
    this.policy = policy;
    this.clock = clock;
  }

  /** What a client gives of an alias; what is empty stays as it is. */
  record Change(
      Optional<String> functionId,
      Optional<Integer> functionVersion,
      Optional<String> description) {}

  void forEach(Condition condition, Consumer<AliasRecord> sink) {
    store.forEach(condition, sink);
  }

  AliasRecord create(Caller caller, String name, Change given) {
    policy.enforce(caller, PolicyRule.FUNCTION_ALIAS_CREATE);
    var alias =
        new AliasRecord(
            UUID.randomUUID().toString(),
            caller.projectId(),
            name,
            given.functionId().orElseThrow(),
            given.functionVersion().orElse(0),
            given.description().orElse(null),
            clock.instant(),
            null);
    store.insert(alias);
    targets.changed(alias);
    return alias;
  }

  AliasRecord get(Caller caller, String name) {
    return allowed(caller, name, PolicyRule.FUNCTION_ALIAS_GET);
  }

  private AliasRecord allowed(Caller caller, String name, PolicyRule rule) {
    var alias = targets.alias(caller, name);
    policy.enforce(caller, rule, alias.map(AliasRecord::projectId).orElse(caller.projectId()));
    return alias.orElseThrow(() -> Targets.notFound(name));
  }

  AliasRecord update(Caller caller, String name, Change change) {
    var current = allowed(caller, name, PolicyRule.FUNCTION_ALIAS_UPDATE);
    var changed =
        new AliasRecord(
            current.id(),
            current.projectId(),
            name,
            change.functionId().orElse(current.functionId()),
            change.functionVersion().orElse(current.functionVersion()),
            change.description().orElse(current.description()),
            current.createdAt(),
            clock.instant());
    store.update(changed);
    targets.changed(changed);
    return store.find(current.projectId(), name).orElseThrow(() -> Targets.notFound(name));
  }

  void delete(Caller caller, String name) {
    var alias = allowed(caller, name, PolicyRule.FUNCTION_ALIAS_DELETE);
    if (!store.delete(alias)) {
      throw Targets.notFound(name);
    }
    targets.changed(alias);
  }

  /**
   * Checks a name that stands in addresses.
   *
   * @throws QinlingException INVALID_INPUT when it could not be addressed
   */
  static void requireAddressable(String name) {
    boolean addressable =
        !name.isBlank()
            && name.equals(name.strip())
            && !name.equals(".")
            && !name.equals("..")
            && name.codePoints()
                .noneMatch(character ->
                    "/\\?#%;".indexOf(character) >= 0
                        || Character.isISOControl(character)
                        || Character.getType(character) == Character.SURROGATE);
    if (!addressable) {
      throw new QinlingException(
          ErrorCode.INVALID_INPUT,
          "The name of an alias must not be empty, . or .., begin or end with a blank, or have any"
              + " of / \\ ? # % ; and control characters");
    }
  }
}
