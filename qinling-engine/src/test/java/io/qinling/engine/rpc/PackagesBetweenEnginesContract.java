// SPDX-License-Identifier: Apache-2.0
package io.qinling.engine.rpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.ByteString;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.StreamObserver;
import io.qinling.credentials.SharedSecret;
import io.qinling.engine.storage.Pack;
import io.qinling.engine.storage.PackageHolders;
import io.qinling.engine.storage.Peer;
import io.qinling.engine.storage.Peers;
import io.qinling.engine.v1.DeletePackageRequest;
import io.qinling.engine.v1.GetPackageRequest;
import io.qinling.engine.v1.PackagesGrpc;
import io.qinling.engine.v1.PutPackageRequest;
import io.qinling.engine.v1.PutPackageResponse;
import io.qinling.error.GrpcErrors;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What engines do for each other, over real connections, however they know of each other. */
abstract class PackagesBetweenEnginesContract {
  private static final String SECRET = "0123456789abcdef";
  private static final String OTHER_SECRET = "fedcba9876543210";
  private static final int SIZE = 300_000;
  private static final Duration NEVER = Duration.ofDays(1);

  private final String id = UUID.randomUUID().toString();
  private final List<PackageEngine> started = new ArrayList<>();
  private final Pack pack = Pack.ofBytes(SIZE);
  private final PeerChannels channels = new PeerChannels(new SharedSecret(SECRET));

  private Duration repairDelay = Duration.ofMillis(1);

  @TempDir private Path folder;

  abstract PackageHolders holders();

  /** The live ones but the named one. */
  abstract Peers peersOf(String name);

  abstract void join(Peer engine);

  abstract void leave(Peer engine);

  @AfterEach
  void stop() {
    channels.close();
    for (var engine : started) {
      leave(engine.asPeer());
      engine.close();
    }
  }

  private PackageEngine prepare(String name, String secret, Path place) throws IOException {
    return prepare(0, name, secret, place);
  }

  private PackageEngine prepare(int port, String name, String secret, Path place)
      throws IOException {
    var full = name + "-" + id;
    var engine =
        new PackageEngine(port, full, place, secret, holders(), peersOf(full), repairDelay);
    started.add(engine);
    return engine;
  }

  private PackageEngine start(String name) throws IOException {
    return start(prepare(name, SECRET, folder.resolve(name)));
  }

  private PackageEngine start(PackageEngine engine) {
    engine.store.start();
    join(engine.asPeer());
    for (var each : started) {
      if (each != engine) {
        await().until(() -> peersOf(each.name).live().contains(engine.asPeer()));
      }
    }
    return engine;
  }

  private void kill(PackageEngine engine) {
    engine.close();
    leave(engine.asPeer());
  }

  @Test
  void aPackageIsKeptByTwoEnginesBeforeTheCallIsAnswered() throws IOException {
    // Given
    repairDelay = NEVER;
    var one = start("one");
    var two = start("two");

    // When
    put(one, pack, false).join();

    // Then
    assertThat(pack.isIn(one.local)).isTrue();
    assertThat(pack.isIn(two.local)).isTrue();
    assertThat(holders().of(pack.digest())).containsExactlyInAnyOrder(one.name, two.name);
  }

  @Test
  void anEngineThatIsAloneHasItsPackagesCopiedWhenAnotherJoins() throws IOException {
    // Given
    var one = start("one");
    put(one, pack, false).join();

    // When
    var two = start("two");

    // Then
    await().until(() -> pack.isIn(two.local));
    await().until(() -> holders().of(pack.digest()).contains(two.name));
  }

  @Test
  void aPeerThatCannotBeReachedIsPassedOver() throws IOException {
    // Given
    var one = start("one");
    var dead = start("dead");
    dead.close();
    put(one, pack, false).join();
    assertThat(holders().of(pack.digest())).containsExactly(one.name);

    // When
    var three = start("three");

    // Then
    await().until(() -> pack.isIn(three.local));
  }

  @Test
  void theCopyOfAnEngineThatLeavesIsMadeAnew() throws IOException {
    // Given
    var one = start("one");
    var two = start("two");
    put(one, pack, false).join();
    var three = start("three");

    // When
    kill(two);

    // Then
    await().until(() -> pack.isIn(three.local));
  }

  @Test
  void anEngineFetchesWhatItLacksAndKeepsIt() throws IOException {
    // Given
    repairDelay = NEVER;
    var one = start("one");
    var two = start("two");
    put(two, pack, true).join();
    assertThat(pack.isIn(one.local)).isFalse();

    // When
    assertThat(pack.isIn(one.store)).isTrue();

    // Then
    assertThat(pack.isIn(one.local)).isTrue();
    assertThat(holders().of(pack.digest())).containsExactlyInAnyOrder(one.name, two.name);
  }

  @Test
  void aPeerAsksOnlyForWhatIsKeptByTheOneItAsks() throws IOException {
    // Given
    repairDelay = NEVER;
    var one = start("one");
    var two = start("two");
    put(two, pack, true).join();

    // When
    assertThatThrownBy(() -> get(one, true))
        .satisfies(failure -> isCode(failure, Status.NOT_FOUND));

    // Then
    assertThat(pack.isIn(one.local)).isFalse();
    assertThat(get(one, false)).isEqualTo(pack.content());
  }

  @Test
  void aPeerThatSendsOtherBytesIsPassedOver() throws IOException {
    // Given
    repairDelay = NEVER;
    var one = start("one");
    var liar = start("liar");
    var honest = start("honest");
    put(liar, pack, true).join();
    Files.write(liar.file(pack.digest()), new byte[SIZE]);

    // When
    assertThatThrownBy(() -> one.store.open(pack.digest()));
    assertThat(one.local.digests()).isEmpty();
    put(honest, pack, true).join();

    // Then
    assertThat(pack.isIn(one.store)).isTrue();
  }

  @Test
  void aDeletedPackageIsGoneEverywhere() throws IOException {
    // Given
    repairDelay = NEVER;
    var one = start("one");
    var two = start("two");
    var three = start("three");
    put(one, pack, false).join();
    assertThat(pack.isIn(two.store)).isTrue();
    assertThat(pack.isIn(three.store)).isTrue();

    // When
    var _ =
        stub(one).deletePackage(DeletePackageRequest.newBuilder().setDigest(pack.digest()).build());

    // Then
    for (var engine : started) {
      assertThat(engine.local.digests()).isEmpty();
    }
    assertThat(holders().of(pack.digest())).isEmpty();
  }

  @Test
  void whatAKilledEngineDidNotRecordIsRecordedWhenItStarts() throws IOException {
    // Given
    var one = prepare("one", SECRET, folder.resolve("one"));
    pack.putInto(one.local);

    // When
    start(one);

    // Then
    await().until(() -> holders().of(pack.digest()).contains(one.name));
  }

  @Test
  void anEngineWithAnotherSecretIsReportedOnceAndPassedOver() throws IOException {
    // Given
    repairDelay = NEVER;
    var one = start("one");
    start(prepare("stranger", OTHER_SECRET, folder.resolve("stranger")));
    try (var log = new Errors(GrpcPeerPackages.class)) {
      // When
      put(one, pack, false).join();
      put(one, Pack.ofBytes(10), false).join();

      // Then
      assertThat(log.messages).singleElement().asString().contains("[engine] secret");
      assertThat(pack.isIn(one.local)).isTrue();
    }
  }

  @Test
  void connectionsToEnginesThatLeftAreGivenUp() throws IOException {
    // Given
    repairDelay = NEVER;
    var one = start("one");
    var two = start("two");
    put(one, pack, false).join();
    assertThat(one.wire.connections()).isEqualTo(1);

    // When
    kill(two);

    // Then
    await().until(() -> one.wire.connections() == 0);
  }

  @Test
  void anEngineThatStartsAnewIsReachedAtOnce() throws IOException {
    // Given
    repairDelay = NEVER;
    var one = start("one");
    var two = start("two");
    two.close();
    put(one, pack, false).join();
    assertThat(pack.isIn(two.local)).isFalse();

    // When
    var again = prepare(two.port(), "two", SECRET, two.folder);

    // Then
    var other = Pack.ofBytes(SIZE);
    put(one, other, false).join();
    assertThat(other.isIn(again.local)).isTrue();
  }

  @Test
  void aPackageThatDoesNotFitIsRefusedAndLeavesNothing() throws Exception {
    // Given
    var small = Files.createDirectory(folder.resolve("small"));
    Assumptions.assumeTrue(
        run("mount", "-t", "tmpfs", "-o", "size=128k", "none", small.toString()),
        "left out: only root can make a file system that is full");
    try {
      var one = start(prepare("one", SECRET, small));

      // When
      assertThatThrownBy(() -> put(one, pack, false).join())
          .hasRootCauseInstanceOf(StatusRuntimeException.class)
          .rootCause()
          .satisfies(failure -> isCode(failure, Status.UNAVAILABLE))
          .hasMessageContaining("package store is full");

      // Then
      assertThat(filesIn(small)).isZero();
      var fitting = Pack.ofBytes(1000);
      put(one, fitting, false).join();
      assertThat(fitting.isIn(one.local)).isTrue();
    } finally {
      assertThat(run("umount", "-l", small.toString())).isTrue();
    }
  }

  private static boolean run(String... command) throws IOException, InterruptedException {
    return new ProcessBuilder(command).start().waitFor() == 0;
  }

  private static long filesIn(Path place) throws IOException {
    try (var tree = Files.walk(place)) {
      return tree.filter(Files::isRegularFile).count();
    }
  }

  private static void isCode(Throwable failure, Status status) {
    assertThat(Status.fromThrowable(failure).getCode()).isEqualTo(status.getCode());
    assertThat(GrpcErrors.fromGrpc((StatusRuntimeException) failure).code().grpcCode())
        .isEqualTo(status.getCode());
  }

  private PackagesGrpc.PackagesBlockingStub stub(PackageEngine engine) {
    return PackagesGrpc.newBlockingStub(channels.to(engine.asPeer().address()));
  }

  private byte[] get(PackageEngine engine, boolean fromPeer) {
    var request =
        GetPackageRequest.newBuilder().setDigest(pack.digest()).setFromPeer(fromPeer).build();
    var whole = ByteString.EMPTY;
    for (var chunks = stub(engine).getPackage(request); chunks.hasNext(); ) {
      whole = whole.concat(chunks.next().getData());
    }
    return whole.toByteArray();
  }

  private CompletableFuture<PutPackageResponse> put(
      PackageEngine engine, Pack sent, boolean fromPeer) {
    var answer = new CompletableFuture<PutPackageResponse>();
    var call =
        PackagesGrpc.newStub(channels.to(engine.asPeer().address()))
            .putPackage(
                new StreamObserver<>() {
                  @Override
                  public void onNext(PutPackageResponse response) {
                    answer.complete(response);
                  }

                  @Override
                  public void onError(Throwable failure) {
                    answer.completeExceptionally(failure);
                  }

                  @Override
                  public void onCompleted() {}
                });
    call.onNext(
        PutPackageRequest.newBuilder().setDigest(sent.digest()).setFromPeer(fromPeer).build());
    call.onNext(
        PutPackageRequest.newBuilder().setData(ByteString.copyFrom(sent.content())).build());
    call.onCompleted();
    return answer;
  }

  /** The errors that a class logs. */
  private static final class Errors extends Handler implements AutoCloseable {
    final List<String> messages = new CopyOnWriteArrayList<>();
    private final Logger logger;

    Errors(Class<?> source) {
      logger = Logger.getLogger(source.getName());
      logger.addHandler(this);
    }

    @Override
    public void publish(LogRecord entry) {
      if (entry.getLevel().intValue() >= Level.SEVERE.intValue()) {
        messages.add(entry.getMessage());
      }
    }

    @Override
    public void flush() {}

    @Override
    public void close() {
      logger.removeHandler(this);
    }
  }
}
