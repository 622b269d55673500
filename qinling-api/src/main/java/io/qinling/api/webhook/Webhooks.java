// SPDX-License-Identifier: Apache-2.0
package io.qinling.api.webhook;

import io.qinling.api.alias.Targets;
import io.qinling.api.database.Condition;
import io.qinling.api.execution.ExecutionRequest;
import io.qinling.api.execution.Executions;
import io.qinling.api.identity.Caller;
import io.qinling.api.policy.Policy;
import io.qinling.api.policy.PolicyRule;
import io.qinling.error.ErrorCode;
import io.qinling.error.QinlingException;
import java.time.Clock;
import java.util.Locale;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Consumer;

/** What can be done with webhooks. */
public final class Webhooks {
  private final WebhookStore store;
  private final Targets targets;
  private final Executions executions;
  private final Policy policy;
  private final Clock clock;

  public Webhooks(
      WebhookStore store, Targets targets, Executions executions, Policy policy, Clock clock) {
    this.store = store;
    this.targets = targets;
    this.executions = executions;
    this.policy = policy;
    this.clock = clock;
  }

  void forEach(Condition condition, Consumer<WebhookRecord> sink) {
    store.forEach(condition, sink);
  }

  /**
   * @param id an id of the client's choice
   */
  WebhookRecord create(Caller caller, Optional<String> id, WebhookChange given) {
    policy.enforce(caller, PolicyRule.WEBHOOK_CREATE);
    if (given.functionAlias().isEmpty() && given.functionId().isEmpty()) {
      throw new QinlingException(
          ErrorCode.INVALID_INPUT, "Either function_alias or function_id must be provided.");
    }
    boolean isAlias = given.functionAlias().isPresent();
    var webhook =
        new WebhookRecord(
            id.orElseGet(() -> UUID.randomUUID().toString()),
            caller.projectId(),
            given.functionAlias().orElse(null),
            isAlias ? null : given.functionId().get(),
            isAlias ? null : given.functionVersion().orElse(0),
            given.description().orElse(null),
            clock.instant(),
            null);
    requireAlias(webhook);
    store.insert(webhook);
    return webhook;
  }

  /** The alias must be the project's own; a function is looked at when the record is written. */
  private void requireAlias(WebhookRecord webhook) {
    if (webhook.functionAlias() != null) {
      targets.find(
          Caller.inProject(webhook.projectId()),
          Optional.of(webhook.functionAlias()),
          Optional.empty(),
          0);
    }
  }

  WebhookRecord get(Caller caller, String id) {
    var webhook = visible(caller, id);
    policy.enforce(caller, PolicyRule.WEBHOOK_GET, webhook.projectId());
    return webhook;
  }

  private WebhookRecord visible(Caller caller, String id) {
    return store
        .find(id)
        .filter(webhook -> caller.sees(webhook.projectId()))
        .orElseThrow(() -> notFound(id));
  }

  private static QinlingException notFound(String id) {
    return new QinlingException(ErrorCode.NOT_FOUND, "Webhook not found [id=" + id + "]");
  }

  WebhookRecord update(Caller caller, String id, WebhookChange change) {
    policy.enforce(caller, PolicyRule.WEBHOOK_UPDATE);
    var current = visible(caller.withinProject(), id);
    var changed = change.apply(current, clock.instant());
    requireAlias(changed);
    store.update(changed);
    return visible(caller, id);
  }

  void delete(Caller caller, String id) {
    var webhook = visible(caller, id);
    policy.enforce(caller, PolicyRule.WEBHOOK_DELETE, webhook.projectId());
    if (!store.delete(id)) {
      throw notFound(id);
    }
  }

  /**
   * For who knows the address, whoever that is.
   *
   * @throws QinlingException NOT_FOUND
   */
  WebhookRecord called(String id) {
    // The address was made with a lower-case id, but some senders change case.
    return store.find(id.toLowerCase(Locale.ROOT)).orElseThrow(() -> notFound(id));
  }

  /**
   * Runs the function, without waiting for its end, in the webhook's project.
   *
   * @param input a JSON object as text
   * @return id of the execution, which is durable
   */
  String invoke(WebhookRecord webhook, String input) {
    var request =
        new ExecutionRequest(
            Optional.empty(),
            Optional.ofNullable(webhook.functionId()),
            Optional.ofNullable(webhook.functionAlias()),
            webhook.functionVersion() == null ? 0 : webhook.functionVersion(),
            Optional.of("Created by Webhook " + webhook.id()),
            Optional.of(input),
            false);
    return executions.create(Caller.inProject(webhook.projectId()), request).execution().id();
  }
}
