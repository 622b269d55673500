// SPDX-License-Identifier: Apache-2.0
package io.qinling.engine.worker;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.netty.channel.EventLoopGroup;
import io.netty.channel.nio.NioEventLoopGroup;
import io.qinling.engine.config.Threads;
import io.qinling.engine.download.PackageLinks;
import io.qinling.engine.function.FunctionKey;
import io.qinling.engine.function.FunctionVersion;
import io.qinling.engine.orchestrator.Pool;
import io.qinling.engine.orchestrator.Worker;
import io.qinling.engine.rpc.PackageServer;
import io.qinling.engine.storage.Digests;
import io.qinling.engine.storage.PackageStore;
import io.qinling.engine.storage.PackageStore.StoredPackage;
import io.qinling.engine.storage.local.LocalPackageStore;
import io.vertx.core.Vertx;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.HexFormat;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A worker of version 1 and its sidecar, real processes, and the server of packages. */
class Version1IT {
  private static final Duration PATIENCE = Duration.ofSeconds(20);
  private static final WorkerLimits LIMITS =
      new WorkerLimits(Duration.ofSeconds(20), Duration.ofSeconds(2), 4000, 20_000);
  private static final String CODE =
      """
      import os, time
      def main(name='World', **kwargs):
          print('called with', sorted(kwargs))
          return 'Hello, ' + name
      def positional(what, context):
          return what
      def fails(**kwargs):
          raise ValueError('no \\u00e9')
      def slow(seconds, **kwargs):
          time.sleep(seconds)
          return seconds
      def ends(**kwargs):
          os._exit(1)
      def odd(**kwargs):
          return {1, 2}
      def long(size, **kwargs):
          return 'x' * size
      def loud(size, **kwargs):
          print('\\u20ac' * size)
      def nodejs(context, input):
          return [context, input]
      def nodejs_slow(context, input):
          time.sleep(60)
      """;

  @TempDir Path folder;
  private final Vertx vertx = Vertx.vertx();
  private final EventLoopGroup loops = new NioEventLoopGroup(1);
  private final ExecutorService blocking = Executors.newVirtualThreadPerTaskExecutor();
  private final ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor();
  private final HttpClient http = HttpClient.newHttpClient();
  private final AtomicInteger reads = new AtomicInteger();
  private Version1Processes processes;
  private LocalPackageStore packages;
  private PackageLinks links;
  private WorkerClient client;
  private String digest;

  @BeforeEach
  void start() throws IOException {
    processes = new Version1Processes(Files.createDirectories(folder.resolve("pod")));
    packages = new LocalPackageStore(folder.resolve("store"), 1_000_000);
    digest = upload();
    int port;
    try (var free = new ServerSocket(0)) {
      port = free.getLocalPort();
    }
    links = new PackageLinks("127.0.0.1:" + port, "a secret of the tests", InstantSource.system());
    var server =
        new PackageServer(
            vertx, links, new Counting(packages, reads), new Threads(blocking, timer));
    assertThat(server.listen("127.0.0.1", port)).isEqualTo(port);
    client = new WorkerClient(loops, LIMITS, links);
  }

  /** Counts how often a package is read. */
  private record Counting(LocalPackageStore store, AtomicInteger reads) implements PackageStore {
    @Override
    public Upload upload(String digest) throws IOException {
      return store.upload(digest);
    }

    @Override
    public Optional<StoredPackage> open(String digest) throws IOException {
      reads.incrementAndGet();
      return store.open(digest);
    }

    @Override
    public void delete(String digest) throws IOException {
      store.delete(digest);
    }
  }

  @AfterEach
  void end() {
    processes.close();
    loops.shutdownGracefully();
    blocking.close();
    timer.shutdownNow();
    var _ = vertx.close();
  }

  private String upload() throws IOException {
    var bytes = new ByteArrayOutputStream();
    try (var zip = new ZipOutputStream(bytes)) {
      zip.putNextEntry(new ZipEntry("main.py"));
      zip.write(CODE.getBytes(UTF_8));
    }
    var name = HexFormat.of().formatHex(Digests.sha256().digest(bytes.toByteArray()));
    try (var upload = packages.upload(name)) {
      upload.write(bytes.toByteArray());
      upload.commit();
    }
    return name;
  }

  private FunctionVersion function(String entry) {
    return new FunctionVersion(
        new FunctionKey(UUID.randomUUID().toString(), 0),
        "p",
        1,
        new Pool("r", "old", true),
        digest,
        entry,
        100,
        32 << 20,
        PATIENCE);
  }

  private LoadedWorker load(Worker worker, FunctionVersion function) throws IOException {
    var notRead = new StoredPackage(1, InputStream.nullInputStream());
    return client.load(worker, function, notRead, 3, () -> {});
  }

  private LoadedWorker python(String entry) throws IOException {
    return load(processes.startWorker("python", processes.startSidecar(0)), function(entry));
  }

  private LoadedWorker nodejs(String entry) throws IOException {
    return load(processes.startWorker("nodejs", processes.startSidecar(0)), function(entry));
  }

  private static WorkerCall call(String input, Duration timeout) {
    return new WorkerCall(
        UUID.randomUUID().toString(),
        input.getBytes(UTF_8),
        new byte[0],
        timeout,
        Optional.empty());
  }

  private static WorkerResult run(LoadedWorker worker, String input) {
    return join(worker.execute(0, call(input, PATIENCE)));
  }

  private static <T> T join(CompletableFuture<T> future) {
    return future.orTimeout(PATIENCE.toSeconds(), TimeUnit.SECONDS).join();
  }

  private static CompletableFuture<Void> lost(LoadedWorker worker) {
    var lost = new CompletableFuture<Void>();
    worker.onLost(() -> lost.complete(null));
    return lost;
  }

  private HttpResponse<String> get(String url) throws IOException, InterruptedException {
    return send(HttpRequest.newBuilder(URI.create(url)).build());
  }

  private HttpResponse<String> send(HttpRequest request) throws IOException, InterruptedException {
    return http.send(request, BodyHandlers.ofString());
  }

  @Test
  void aFunctionRunsAndFindsNoSession() throws IOException {
    var worker = python("main.main");

    var result = run(worker, "{\"name\": \"x\"}");

    assertThat(result.success()).isTrue();
    assertThat(result.outputJson()).isEqualTo("\"Hello, x\"");
    assertThat(result.durationSeconds()).isBetween(0.0, 20.0);
    assertThat(result.log()).contains("Start execution: ", "called with ['context']");
    assertThat(lost(worker)).isNotDone();
  }

  @Test
  void thePackageIsThereBeforeTheFirstExecutionAndIsFetchedOnce() throws IOException {
    var worker = python("main.main");
    assertThat(processes.packages().resolve(worker.function().functionId()).resolve("main.py"))
        .hasContent(CODE);

    run(worker, "");
    run(worker, "null");

    assertThat(reads).hasValue(1);
  }

  @Test
  void noInputIsNoneAndAPositionalArgumentIsHandedOver() throws IOException {
    assertThat(run(python("main.main"), "").outputJson()).isEqualTo("\"Hello, World\"");

    var result = run(python("main.positional"), "{\"__function_input\": \"a b\"}");

    assertThat(result.outputJson()).isEqualTo("\"a b\"");
  }

  @Test
  void executionsRunAtTheSameTime() throws IOException {
    var worker = python("main.slow");
    var call = "{\"seconds\": 5}";

    long start = System.nanoTime();
    var running =
        IntStream.range(0, 3).mapToObj(slot -> worker.execute(slot, call(call, PATIENCE))).toList();

    assertThat(running).allSatisfy(one -> assertThat(join(one).outputJson()).isEqualTo("5"));
    assertThat(System.nanoTime() - start).isLessThan(Duration.ofSeconds(14).toNanos());
  }

  @Test
  void whatAFunctionRaisesIsItsOutputAndTheTraceIsInTheLog() throws IOException {
    var result = run(python("main.fails"), "{}");

    assertThat(result.success()).isFalse();
    assertThat(result.outputJson()).isEqualTo("\"no \\u00e9\"");
    assertThat(result.log()).contains("Traceback", "ValueError");
  }

  @Test
  void aTimeoutThatTheRuntimeSeesLeavesTheWorkerAsItIs() throws IOException {
    var worker = python("main.slow");

    var late = join(worker.execute(0, call("{\"seconds\": 30}", Duration.ofMillis(900))));

    assertThat(late.success()).isFalse();
    assertThat(late.outputJson()).isEqualTo("\"Function execution timeout.\"");
    assertThat(late.durationSeconds()).isGreaterThanOrEqualTo(1);
    assertThat(lost(worker)).isNotDone();
    assertThat(run(worker, "{\"seconds\": 0}").success()).isTrue();
  }

  @Test
  void aTimeoutThatNobodySeesEndsTheWorker() throws IOException {
    var worker = nodejs("main.nodejs_slow");
    var lost = lost(worker);

    var late = join(worker.execute(0, call("{}", Duration.ofMillis(500))));

    assertThat(late).isEqualTo(new WorkerResult(false, "\"Function execution timeout.\"", 0.5, ""));
    assertThat(lost).isDone();
  }

  @Test
  void whatUsesTooMuchSaysSo() throws IOException {
    var result = run(python("main.ends"), "{}");

    assertThat(result.success()).isFalse();
    assertThat(result.outputJson())
        .isEqualTo("\"Function execution failed because of too much resource consumption\"");
  }

  @Test
  void anAnswerThatIsNoResultFailsTheExecutionAndNotTheWorker() throws IOException {
    var worker = python("main.odd");

    var result = run(worker, "{}");

    assertThat(result)
        .isEqualTo(
            new WorkerResult(
                false, "\"The runtime answered with status 500 and no result.\"", 0, ""));
    assertThat(lost(worker)).isNotDone();
  }

  @Test
  void aResultThatIsTooLargeIsRefusedHoweverLarge() throws IOException {
    var worker = python("main.long");
    int frame = 2;

    var fits = run(worker, "{\"size\": %d}".formatted(LIMITS.maxResultBytes() - frame));
    var larger = run(worker, "{\"size\": %d}".formatted(LIMITS.maxResultBytes()));
    var huge = run(worker, "{\"size\": %d}".formatted(3_000_000));

    assertThat(fits.success()).isTrue();
    assertThat(larger.outputJson())
        .isEqualTo(huge.outputJson())
        .isEqualTo("\"Function result is larger than 20000 bytes.\"");
    assertThat(larger.success() || huge.success()).isFalse();
    assertThat(lost(worker)).isNotDone();
  }

  @Test
  void aLogThatIsTooLongIsCutBetweenCharacters() throws IOException {
    var log = run(python("main.loud"), "{\"size\": 2000}").log();

    assertThat(log).contains("\u20ac").doesNotContain("\ufffd").endsWith("log cut at 4000 bytes\n");
    assertThat(log.getBytes(UTF_8).length).isLessThan(4100);
  }

  @Test
  void theOtherKindOfRuntimeIsUnderstoodToo() throws IOException {
    var worker = nodejs("main.nodejs");

    assertThat(run(worker, "{\"a\": 1}"))
        .isEqualTo(new WorkerResult(true, "[{}, {\"a\": 1}]", 0, ""));
    assertThat(run(nodejs("main.none"), "{}"))
        .isEqualTo(new WorkerResult(false, "\"Function invocation error\"", 0, ""));
  }

  @Test
  void aCancelledExecutionIsAnsweredAndEndsTheWorker() throws IOException {
    var worker = python("main.slow");
    var lost = lost(worker);
    var call = call("{\"seconds\": 30}", PATIENCE);
    var running = worker.execute(0, call);

    worker.cancel("another");
    assertThat(lost).isNotDone();
    worker.cancel(call.executionId());

    assertThat(join(running).outputJson()).isEqualTo("\"Function execution cancelled.\"");
    assertThat(lost).isDone();
  }

  @Test
  void aSidecarThatStartsLateIsWaitedFor() throws Exception {
    int port;
    try (var free = new ServerSocket(0)) {
      port = free.getLocalPort();
    }
    var address = processes.startWorker("python", port);

    var loading = blocking.submit(() -> load(address, function("main.main")));
    await().pollDelay(Duration.ofMillis(500)).until(() -> !loading.isDone());
    processes.startSidecar(port);

    assertThat(run(loading.get(), "").success()).isTrue();
  }

  /** One kind of runtime answers as if the function had failed. */
  @ParameterizedTest
  @ValueSource(strings = {"python", "nodejs"})
  void aPackageThatDoesNotComeIsSaidToTheOwner(String kind) throws IOException {
    var worker = processes.startWorker(kind, processes.startSidecar(0));
    packages.delete(digest);

    assertThatThrownBy(() -> load(worker, function("main.main")))
        .isInstanceOf(FunctionLoadException.class)
        .hasMessage("Failed to download function package.");
  }

  @Test
  void aPackageThatNobodyComesForIsSaidToTheOwnerInTime() throws IOException {
    var limits = new WorkerLimits(Duration.ofMillis(800), Duration.ofSeconds(2), 4000, 20_000);
    var impatient = new WorkerClient(loops, limits, links);
    int nobody;
    try (var free = new ServerSocket(0)) {
      nobody = free.getLocalPort();
    }
    var worker = processes.startWorker("python", nobody);

    assertThatThrownBy(() ->
            impatient.load(
                worker,
                function("main.main"),
                new StoredPackage(1, InputStream.nullInputStream()),
                3,
                () -> {}))
        .isInstanceOf(FunctionLoadException.class)
        .hasMessage("Failed to download function package.");
    assertThat(reads).hasValue(0);
  }

  @Test
  void aWorkerThatIsGoneHasRunNothing() throws Exception {
    var worker = python("main.main");
    processes.killLast();

    assertThatThrownBy(() -> run(worker, ""))
        .isInstanceOf(CompletionException.class)
        .cause()
        .isInstanceOfSatisfying(
            WorkerLostException.class, lost -> assertThat(lost.sent()).isFalse());
  }

  @Test
  void aWorkerThatGoesMayHaveRunTheFunction() throws Exception {
    var worker = python("main.slow");
    var running = worker.execute(0, call("{\"seconds\": 30}", PATIENCE));
    await().until(() -> isRunning());

    processes.killLast();

    assertThatThrownBy(() -> join(running))
        .cause()
        .isInstanceOfSatisfying(
            WorkerLostException.class, lost -> assertThat(lost.sent()).isTrue());
  }

  /** The load leaves no log behind. */
  private boolean isRunning() throws IOException {
    try (var files = Files.list(folder.resolve("pod"))) {
      return files.anyMatch(file -> file.toString().endsWith(".out"));
    }
  }

  @Test
  void anAdoptedWorkerGoesOnWithThePackageThatItHas() throws IOException {
    var first = python("main.main");
    var function = function("main.main");

    var adopted =
        client.adopt(
            first.worker(),
            new FunctionVersion(
                first.function(),
                "p",
                1,
                function.pool(),
                digest,
                "main.main",
                100,
                32 << 20,
                PATIENCE),
            3,
            () -> {});

    assertThat(run(adopted, "").success()).isTrue();
    assertThat(reads).hasValue(1);
  }

  @Test
  void aWorkerThatIsGoneIsNotAdopted() throws Exception {
    var first = python("main.main");
    processes.killLast();

    assertThatThrownBy(() -> client.adopt(first.worker(), function("main.main"), 3, () -> {}))
        .isInstanceOf(WorkerLostException.class);
  }

  @Test
  void theServerOfPackagesTakesALinkOnce() throws Exception {
    var link = links.issue(digest, "w");

    var first = get(link.url());
    var second = get(link.url());

    assertThat(first.statusCode()).isEqualTo(200);
    assertThat(first.headers().firstValue("content-type")).contains("application/zip");
    assertThat(second.statusCode()).isEqualTo(410);
    assertThat(second.body()).isEqualTo("This link has been used; it works once.\n");
  }

  @Test
  void theServerOfPackagesRefusesWhatIsNoLinkOfItsOwn() throws Exception {
    var link = links.issue(digest, "w").url();

    assertThat(get(link.replace("worker=w", "worker=v")).statusCode()).isEqualTo(403);
    assertThat(get(link.substring(0, link.indexOf('?'))).statusCode()).isEqualTo(403);
    assertThat(get(link.substring(0, link.indexOf("/packages"))).statusCode()).isEqualTo(404);
    assertThat(send(HttpRequest.newBuilder(URI.create(link)).DELETE().build()).statusCode())
        .isEqualTo(405);
    assertThat(get(link).statusCode()).isEqualTo(200);
  }
}
