// SPDX-License-Identifier: Apache-2.0
package io.qinling.api.function;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.qinling.api.identity.Caller;
import io.qinling.api.identity.Trusts;
import io.qinling.api.policy.Policy;
import io.qinling.api.policy.PolicyRule;
import io.qinling.api.runtime.RuntimeStatus;
import io.qinling.api.runtime.Runtimes;
import java.time.Clock;
import java.util.Optional;
import java.util.UUID;

/** Makes functions. */
public final class FunctionCreation {
  private static final String DEFAULT_ENTRY = "main.main";

  private final FunctionStore store;
  private final Runtimes runtimes;
  private final Packages packages;
  private final SwiftPackages swift;
  private final Trusts trusts;
  private final Policy policy;
  private final ResourceLimits limits;
  private final Clock clock;

  public FunctionCreation(
      FunctionStore store,
      Runtimes runtimes,
      Packages packages,
      SwiftPackages swift,
      Trusts trusts,
      Policy policy,
      ResourceLimits limits,
      Clock clock) {
    this.store = store;
    this.runtimes = runtimes;
    this.packages = packages;
    this.swift = swift;
    this.trusts = trusts;
    this.policy = policy;
    this.limits = limits;
    this.clock = clock;
  }

  /** What a function is made of, besides its code. */
  private record Settings(
      String name,
      String description,
      String entry,
      int cpu,
      int memory,
      int timeout,
      Optional<String> runtimeId) {}

  /**
   * @throws io.qinling.error.QinlingException when it cannot be made; nothing of it stays then
   */
  FunctionRecord create(Caller caller, FunctionFields fields) {
    var code =
        fields
            .code()
            .orElseThrow(
                () -> FunctionFields.invalid("Required param is missing. Required: {'code'}"));
    int timeout =
        limits.timeout().parse(fields.text("timeout")).orElse(limits.timeout().fallback());
    int cpu = limits.cpu().parse(fields.text("cpu")).orElse(limits.cpu().fallback());
    int memory =
        limits.memory().parse(fields.text("memory_size")).orElse(limits.memory().fallback());
    var source = CodeSource.of(code.path("source").asText());
    var settings =
        new Settings(
            fields.name().orElse(null),
            fields.description().orElse(null),
            fields.entry().orElse(DEFAULT_ENTRY),
            cpu,
            memory,
            timeout,
            fields.text("runtime_id").filter(text -> !text.isEmpty()));
    policy.enforce(caller, PolicyRule.FUNCTION_CREATE);
    if (source != CodeSource.IMAGE && settings.runtimeId().isEmpty()) {
      throw FunctionFields.invalid("Runtime must be specified for function creation.");
    }
    settings.runtimeId().ifPresent(id -> requireUsable(caller, id));
    return switch (source) {
      case IMAGE -> ofImage(caller, settings, code);
      case PACKAGE -> {
        var file = PackageFile.check(fields.requirePackage(), fields.md5sum());
        yield ofPackage(caller, settings, file, file.describe(code));
      }
      case SWIFT -> {
        try (var file = swift.fetch(caller, code).temporary()) {
          yield ofPackage(caller, settings, file.content(), code);
        }
      }
    };
  }

  private void requireUsable(Caller caller, String runtimeId) {
    if (runtimes.get(caller, runtimeId).status() != RuntimeStatus.AVAILABLE) {
      throw notAvailable(runtimeId);
    }
  }

  private static RuntimeException notAvailable(String runtimeId) {
    return FunctionFields.invalid("Runtime " + runtimeId + " is not available.");
  }

  private FunctionRecord ofImage(Caller caller, Settings settings, ObjectNode code) {
    var image = code.path(CodeSource.IMAGE.text());
    if (!image.isTextual() || image.textValue().isBlank()) {
      throw FunctionFields.invalid("The image must be provided for image type.");
    }
    return insert(function(caller, settings, code, null, null, null));
  }

  private FunctionRecord ofPackage(
      Caller caller, Settings settings, PackageFile file, ObjectNode code) {
    var trust = trusts.create(caller);
    try {
      var function =
          function(caller, settings, code, file.sha256(), settings.entry(), trust.orElse(null));
      return packages.store(file, () -> insert(function));
    } catch (RuntimeException refused) {
      trust.ifPresent(id -> trusts.delete(caller, id));
      throw refused;
    }
  }

  private FunctionRecord insert(FunctionRecord function) {
    if (!store.insert(function)) {
      throw notAvailable(function.runtimeId());
    }
    return function;
  }

  private FunctionRecord function(
      Caller caller,
      Settings settings,
      ObjectNode code,
      String digest,
      String entry,
      String trustId) {
    return new FunctionRecord(
        UUID.randomUUID().toString(),
        caller.projectId(),
        settings.name(),
        settings.description(),
        settings.runtimeId().orElse(null),
        FunctionFields.json(code),
        digest,
        entry,
        settings.cpu(),
        settings.memory(),
        settings.timeout(),
        0,
        0,
        trustId,
        0,
        clock.instant(),
        null);
  }
}
