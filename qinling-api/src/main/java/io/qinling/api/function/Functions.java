// SPDX-License-Identifier: Apache-2.0
package io.qinling.api.function;

import com.fasterxml.jackson.databind.node.ObjectNode;
import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.qinling.api.database.Condition;
import io.qinling.api.engine.Backoff;
import io.qinling.api.engine.Engine;
import io.qinling.api.http.Json;
import io.qinling.api.identity.Caller;
import io.qinling.api.runtime.RuntimeStatus;
import io.qinling.api.runtime.Runtimes;
import io.qinling.error.ErrorCode;
import io.qinling.error.QinlingException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ExecutorService;
import java.util.function.Consumer;
import org.jboss.logging.Logger;

/** What can be done with functions, and when it cannot. */
public final class Functions {
  private static final Logger LOG = Logger.getLogger(Functions.class);
  private static final String PACKAGE = "package";
  private static final String DEFAULT_ENTRY = "main.main";

  /**
   * A change that another api process made is seen after this time; one of our own is seen at once.
   */
  private static final Duration CACHED = Duration.ofSeconds(1);

  private static final Duration KEPT_AFTER_UPDATE = Duration.ofSeconds(5);
  private static final long CACHED_FUNCTIONS = 10_000;

  private final FunctionStore store;
  private final Runtimes runtimes;
  private final Packages packages;
  private final Engine engine;
  private final ResourceLimits limits;
  private final Clock clock;
  private final ExecutorService background;
  private final Cache<String, FunctionRecord> cache =
      Caffeine.newBuilder().expireAfterWrite(CACHED).maximumSize(CACHED_FUNCTIONS).build();

  public Functions(
      FunctionStore store,
      Runtimes runtimes,
      Packages packages,
      Engine engine,
      ResourceLimits limits,
      Clock clock,
      ExecutorService background) {
    this.store = store;
    this.runtimes = runtimes;
    this.packages = packages;
    this.engine = engine;
    this.limits = limits;
    this.clock = clock;
    this.background = background;
  }

  void forEach(Condition condition, Consumer<FunctionRecord> sink) {
    store.forEach(condition, sink);
  }

  /**
   * @throws QinlingException NOT_FOUND when it does not exist for the caller
   */
  FunctionRecord get(Caller caller, String id) {
    return visible(caller, id, store.find(id));
  }

  /** As {@link #get}, but counters and times may be a second old. For the path of calls. */
  public FunctionRecord getCached(Caller caller, String id) {
    return visible(
        caller,
        id,
        Optional.ofNullable(cache.get(id, missing -> store.find(missing).orElse(null))));
  }

  private static FunctionRecord visible(
      Caller caller, String id, Optional<FunctionRecord> function) {
    return function
        .filter(found -> caller.sees(found.projectId()))
        .orElseThrow(
            () -> new QinlingException(ErrorCode.NOT_FOUND, "Function not found [id=" + id + "]"));
  }

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
    requirePackageSource(code);
    var name = fields.name().orElse(null);
    var description = fields.description().orElse(null);
    var entry = fields.entry().orElse(DEFAULT_ENTRY);
    var runtimeId = requireUsableRuntime(caller, fields);
    var file = PackageFile.check(fields.requirePackage(), fields.md5sum());
    var function =
        new FunctionRecord(
            UUID.randomUUID().toString(),
            caller.projectId(),
            name,
            description,
            runtimeId,
            codeJson(code, file.md5()),
            file.sha256(),
            entry,
            cpu,
            memory,
            timeout,
            0,
            0,
            0,
            clock.instant(),
            null);
    return packages.store(
        file,
        () -> {
          if (!store.insert(function)) {
            throw FunctionFields.invalid("Runtime " + runtimeId + " is not available.");
          }
          return function;
        });
  }

  private static void requirePackageSource(ObjectNode code) {
    var source = code.path("source").asText();
    switch (source) {
      case PACKAGE -> {}
      case "swift" -> throw FunctionFields.invalid("Swift object not supported.");
      case "image" ->
          throw FunctionFields.invalid("Functions of source image are not supported here.");
      default ->
          throw FunctionFields.invalid(
              "Invalid code source specified, available sources: package, swift, image");
    }
  }

  private String requireUsableRuntime(Caller caller, FunctionFields fields) {
    var id =
        fields
            .text("runtime_id")
            .filter(text -> !text.isEmpty())
            .orElseThrow(
                () -> FunctionFields.invalid("Runtime must be specified for function creation."));
    var runtime = runtimes.get(caller, id);
    if (runtime.status() != RuntimeStatus.AVAILABLE) {
      throw FunctionFields.invalid("Runtime " + id + " is not available.");
    }
    return id;
  }

  private static String codeJson(ObjectNode code, String md5) {
    code.put("source", PACKAGE);
    code.put("md5sum", md5);
    return new String(Json.bytes(json -> json.writeTree(code)), StandardCharsets.UTF_8);
  }

  FunctionRecord update(Caller caller, String id, FunctionFields fields) {
    var code = fields.code();
    var timeout = limits.timeout().parse(fields.text("timeout"));
    var cpu = limits.cpu().parse(fields.text("cpu"));
    var memory = limits.memory().parse(fields.text("memory_size"));
    var name = fields.name();
    var description = fields.description();
    var entry = fields.entry();
    fields.requirePackageIsFile();
    var current = get(caller, id);
    code.filter(given -> given.has("source")).ifPresent(Functions::requireSameSource);
    requireNewChecksum(current, fields);
    var file =
        fields.packageFile().isPresent()
            ? Optional.of(PackageFile.check(fields.packageFile().get(), fields.md5sum()))
            : Optional.<PackageFile>empty();
    var changed =
        new FunctionRecord(
            id,
            current.projectId(),
            name.orElse(current.name()),
            description.orElse(current.description()),
            current.runtimeId(),
            file.map(given -> codeJson(code.orElseGet(Json.MAPPER::createObjectNode), given.md5()))
                .orElse(current.codeJson()),
            file.map(PackageFile::sha256).orElse(current.packageDigest()),
            entry.orElse(current.entry()),
            cpu.orElse(current.cpu()),
            memory.orElse(current.memorySize()),
            timeout.orElse(current.timeout()),
            current.count(),
            current.latestVersion(),
            current.revision(),
            current.createdAt(),
            clock.instant());
    if (file.isPresent()) {
      packages.store(file.get(), () -> write(current, changed));
    } else {
      write(current, changed);
    }
    afterUpdate(current, changed);
    return get(caller, id);
  }

  private static void requireSameSource(ObjectNode code) {
    if (!code.path("source").asText().equals(PACKAGE)) {
      throw FunctionFields.invalid("The function code type can not be changed.");
    }
  }

  private static void requireNewChecksum(FunctionRecord current, FunctionFields fields) {
    var currentMd5 = Json.parseStored(current.codeJson()).path("md5sum").asText();
    if (fields.packageFile().isPresent()
        && fields.md5sum().filter(currentMd5::equals).isPresent()) {
      throw FunctionFields.invalid("The function code checksum is not changed.");
    }
  }

  private FunctionRecord write(FunctionRecord current, FunctionRecord changed) {
    if (!store.update(changed, !runsTheSame(current, changed))) {
      throw new QinlingException(
          ErrorCode.CONFLICT, "The function was changed by somebody else at the same time.");
    }
    return changed;
  }

  private void afterUpdate(FunctionRecord before, FunctionRecord after) {
    cache.invalidate(before.id());
    if (!runsTheSame(before, after)) {
      releaseWorkers(before.id());
    }
    if (!Objects.equals(before.packageDigest(), after.packageDigest())) {
      discardLater(before.packageDigest());
    }
  }

  private static boolean runsTheSame(FunctionRecord one, FunctionRecord other) {
    return Objects.equals(one.packageDigest(), other.packageDigest())
        && Objects.equals(one.entry(), other.entry())
        && one.cpu() == other.cpu()
        && one.memorySize() == other.memorySize();
  }

  /** Calls that were accepted before the change may still be about to load the old package. */
  private void discardLater(String digest) {
    background.execute(() -> {
      if (new Backoff(KEPT_AFTER_UPDATE, KEPT_AFTER_UPDATE).pause()) {
        packages.discard(digest);
      }
    });
  }

  void delete(Caller caller, String id) {
    var function = get(caller, id);
    caller.requireOwner(function.projectId());
    if (!store.delete(id)) {
      throw new QinlingException(ErrorCode.NOT_FOUND, "Function not found [id=" + id + "]");
    }
    cache.invalidate(id);
    releaseWorkers(id);
    packages.discard(function.packageDigest());
  }

  /**
   * The engine also gives them up by itself, when the next revision is called or none is called for
   * long.
   */
  private void releaseWorkers(String id) {
    try {
      engine.release(id, 0);
    } catch (QinlingException unreachable) {
      LOG.warnf(
          "Workers stay until they expire: function=%s reason=%s", id, unreachable.getMessage());
    }
  }

  InputStream download(FunctionRecord function) {
    return packages.open(function.requirePackageDigest());
  }

  List<String> workers(String functionId, int version) {
    return engine.workers(functionId, version);
  }

  /** Has workers claimed; how many there are in the end is seen in the list of workers. */
  void scaleUp(Caller caller, String id, int count) {
    var function = get(caller, id);
    var runtime = runtimes.get(caller, function.runtimeId());
    background.execute(() -> {
      try {
        engine.scaleUp(function.runnable(runtime), count);
      } catch (QinlingException refused) {
        LOG.warnf("Fewer workers than asked for: function=%s reason=%s", id, refused.getMessage());
      }
    });
  }

  void scaleDown(Caller caller, String id, int count) {
    get(caller, id);
    engine.scaleDown(id, 0, count);
  }

  void detach(Caller caller, String id) {
    get(caller, id);
    engine.release(id, 0);
  }
}
