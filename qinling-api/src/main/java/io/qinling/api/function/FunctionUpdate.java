// SPDX-License-Identifier: Apache-2.0
package io.qinling.api.function;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.qinling.api.http.Json;
import io.qinling.api.identity.Caller;
import io.qinling.api.policy.Policy;
import io.qinling.api.policy.PolicyRule;
import io.qinling.error.ErrorCode;
import io.qinling.error.QinlingException;
import java.time.Clock;
import java.util.Optional;

/** Changes functions. */
public final class FunctionUpdate {
  private final FunctionStore store;
  private final Functions functions;
  private final Packages packages;
  private final SwiftPackages swift;
  private final Policy policy;
  private final ResourceLimits limits;
  private final Clock clock;

  public FunctionUpdate(
      FunctionStore store,
      Functions functions,
      Packages packages,
      SwiftPackages swift,
      Policy policy,
      ResourceLimits limits,
      Clock clock) {
    this.store = store;
    this.functions = functions;
    this.packages = packages;
    this.swift = swift;
    this.policy = policy;
    this.limits = limits;
    this.clock = clock;
  }

  /** The values that a request gives. */
  private record Change(
      Optional<ObjectNode> code,
      Optional<String> name,
      Optional<String> description,
      Optional<String> entry,
      Optional<Integer> cpu,
      Optional<Integer> memory,
      Optional<Integer> timeout) {
    /** Whether only what workers do not know is given. */
    boolean isTrivial(FunctionFields fields) {
      return code.isEmpty()
          && entry.isEmpty()
          && cpu.isEmpty()
          && memory.isEmpty()
          && fields.packageFile().isEmpty();
    }

    FunctionRecord apply(
        FunctionRecord current, ObjectNode newCode, String digest, java.time.Instant now) {
      return new FunctionRecord(
          current.id(),
          current.projectId(),
          name.orElse(current.name()),
          description.orElse(current.description()),
          current.runtimeId(),
          newCode == null ? current.codeJson() : FunctionFields.json(newCode),
          digest,
          entry.orElse(current.entry()),
          cpu.orElse(current.cpu()),
          memory.orElse(current.memorySize()),
          timeout.orElse(current.timeout()),
          current.count(),
          current.latestVersion(),
          current.trustId(),
          current.revision(),
          current.createdAt(),
          now);
    }
  }

  /**
   * @throws QinlingException when it cannot be changed; it is as before then
   */
  FunctionRecord update(Caller caller, String id, FunctionFields fields) {
    var change =
        new Change(
            fields.code(),
            fields.name(),
            fields.description(),
            fields.entry(),
            limits.cpu().parse(fields.text("cpu")),
            limits.memory().parse(fields.text("memory_size")),
            limits.timeout().parse(fields.text("timeout")));
    fields.requirePackageIsFile();
    var current = functions.get(caller, id);
    policy.enforce(caller, PolicyRule.FUNCTION_UPDATE, current.projectId());
    if (change.isTrivial(fields)) {
      write(current, change.apply(current, null, current.packageDigest(), clock.instant()));
    } else {
      store.requireNoJob(id);
      requireSameSource(current, change);
      switch (current.source()) {
        case IMAGE ->
            throw FunctionFields.invalid("The image function can not be updated in this way.");
        case PACKAGE -> updatePackage(current, change, fields);
        case SWIFT -> updateSwift(caller, current, change);
      }
    }
    return functions.get(caller, id);
  }

  private static void requireSameSource(FunctionRecord current, Change change) {
    var given =
        change.code().map(code -> code.path("source")).filter(node -> !node.isMissingNode());
    if (given.filter(node -> !node.asText().equals(current.source().text())).isPresent()) {
      throw FunctionFields.invalid("The function code type can not be changed.");
    }
  }

  private void updatePackage(FunctionRecord current, Change change, FunctionFields fields) {
    if (fields.packageFile().isEmpty()) {
      write(current, change.apply(current, null, current.packageDigest(), clock.instant()));
      return;
    }
    var currentMd5 = current.code().path("md5sum").asText();
    if (fields.md5sum().filter(currentMd5::equals).isPresent()) {
      throw FunctionFields.invalid("The function code checksum is not changed.");
    }
    var file = PackageFile.check(fields.packageFile().get(), fields.md5sum());
    var code = file.describe(change.code().orElseGet(Json.MAPPER::createObjectNode));
    store(current, change, file, code);
  }

  private void updateSwift(Caller caller, FunctionRecord current, Change change) {
    if (change.code().filter(code -> code.has(CodeSource.SWIFT.text())).isEmpty()) {
      write(current, change.apply(current, null, current.packageDigest(), clock.instant()));
      return;
    }
    var code = current.code();
    var given = change.code().get().path(CodeSource.SWIFT.text());
    var named = code.withObject(CodeSource.SWIFT.text());
    int names = 0;
    for (var field : new String[] {"container", "object"}) {
      if (given.path(field).isTextual() && !given.path(field).textValue().isEmpty()) {
        named.put(field, given.path(field).textValue());
        names++;
      }
    }
    if (names == 0) {
      throw FunctionFields.invalid("Either container or object must be provided for swift type.");
    }
    try (var file = swift.fetch(caller, code).temporary()) {
      store(current, change, file.content(), code);
    }
  }

  private void store(FunctionRecord current, Change change, PackageFile file, ObjectNode code) {
    var changed = change.apply(current, code, file.sha256(), clock.instant());
    packages.store(
        file,
        () -> {
          write(current, changed);
          return changed;
        });
  }

  private void write(FunctionRecord current, FunctionRecord changed) {
    if (!store.update(changed, !current.runsTheSameAs(changed))) {
      throw new QinlingException(
          ErrorCode.CONFLICT, "The function was changed by somebody else at the same time.");
    }
    functions.changed(current, changed);
  }
}
