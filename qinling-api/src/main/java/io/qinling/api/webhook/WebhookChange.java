// SPDX-License-Identifier: Apache-2.0
package io.qinling.api.webhook;

import java.time.Instant;
import java.util.Objects;
import java.util.Optional;

/** What a client gives of a webhook; what is empty stays as it is. */
record WebhookChange(
    Optional<String> functionAlias,
    Optional<String> functionId,
    Optional<Integer> functionVersion,
    Optional<String> description) {
  /**
   * The webhook after the change. A new alias replaces the function; a new function or version
   * replaces the alias, unless the webhook has no function to which the version could belong.
   */
  WebhookRecord apply(WebhookRecord current, Instant now) {
    var text = description.orElse(current.description());
    if (functionAlias.filter(alias -> !alias.equals(current.functionAlias())).isPresent()) {
      return with(current, functionAlias.get(), null, null, text, now);
    }
    var id = functionId.orElse(current.functionId());
    var version = functionVersion.orElse(current.functionVersion());
    boolean isSame =
        Objects.equals(id, current.functionId())
            && Objects.equals(version, current.functionVersion());
    return id == null || isSame
        ? with(
            current,
            current.functionAlias(),
            current.functionId(),
            current.functionVersion(),
            text,
            now)
        : with(current, null, id, version, text, now);
  }

  private static WebhookRecord with(
      WebhookRecord current,
      String alias,
      String functionId,
      Integer version,
      String description,
      Instant now) {
    return new WebhookRecord(
        current.id(),
        current.projectId(),
        alias,
        functionId,
        version,
        description,
        current.createdAt(),
        now);
  }
}
