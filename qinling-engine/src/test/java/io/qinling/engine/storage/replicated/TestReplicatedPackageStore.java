// SPDX-License-Identifier: Apache-2.0
package io.qinling.engine.storage.replicated;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.qinling.engine.storage.MemoryHolders;
import io.qinling.engine.storage.MemoryPeers;
import io.qinling.engine.storage.OwnPackages;
import io.qinling.engine.storage.Pack;
import io.qinling.engine.storage.PackageStore;
import io.qinling.engine.storage.PackageStoreContract;
import io.qinling.engine.storage.Peer;
import io.qinling.engine.storage.local.LocalPackageStore;
import io.qinling.error.ErrorCode;
import io.qinling.error.QinlingException;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TestReplicatedPackageStore extends PackageStoreContract {
  private static final Duration DELAY = Duration.ofMillis(1);

  private final ExecutorService blocking = Executors.newVirtualThreadPerTaskExecutor();
  private final ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor();
  private final MemoryHolders holders = new MemoryHolders();
  private final MemoryPeers peers = new MemoryPeers();
  private final MemoryNetwork network = new MemoryNetwork();
  private final Pack pack = Pack.ofBytes(100);

  @TempDir private Path folder;
  private LocalPackageStore mine;
  private LocalPackageStore theirs;
  private Peer peer;

  @BeforeEach
  void open() throws IOException {
    mine = new LocalPackageStore(folder.resolve("mine"), MAX_BYTES);
    theirs = new LocalPackageStore(folder.resolve("theirs"), MAX_BYTES);
    peer = network.add("peer", new RegisteredPackages(theirs, holders, "peer"));
    peers.set(Set.of(peer));
  }

  @AfterEach
  void stop() {
    timer.shutdownNow();
    blocking.shutdownNow();
  }

  @Override
  protected ReplicatedPackageStore store() {
    return over(mine);
  }

  private ReplicatedPackageStore over(OwnPackages local) {
    return new ReplicatedPackageStore(
        "self", local, holders, peers, network, blocking, timer, DELAY);
  }

  @Test
  void aPackageIsKeptByTwoWhenTheCommitReturns() throws IOException {
    pack.putInto(store());

    assertThat(pack.isIn(mine)).isTrue();
    assertThat(pack.isIn(theirs)).isTrue();
    assertThat(holders.of(pack.digest())).containsExactlyInAnyOrder("self", "peer");
  }

  @Test
  void whatAPeerSentIsNotSentOn() throws IOException {
    pack.putInto(store().faces().own());

    assertThat(pack.isIn(mine)).isTrue();
    assertThat(pack.isIn(theirs)).isFalse();
  }

  @Test
  void nothingIsKeptThatCannotBeRecorded() throws IOException {
    // Given
    var store = store();
    holders.setAway(true);

    // When
    assertThatThrownBy(() -> pack.putInto(store))
        .isInstanceOfSatisfying(QinlingException.class, TestReplicatedPackageStore::isUnavailable);

    // Then
    assertThat(mine.digests()).isEmpty();
    assertThat(theirs.digests()).isEmpty();
  }

  @Test
  void aPackageThatWasKeptStaysWhenItCannotBeRecordedAgain() throws IOException {
    // Given
    var store = store();
    pack.putInto(store);
    holders.setAway(true);

    // When
    assertThatThrownBy(() -> pack.putInto(store)).isInstanceOf(QinlingException.class);

    // Then
    assertThat(pack.isIn(mine)).isTrue();
  }

  @Test
  void nothingIsDeletedWhileTheHoldersAreNotKnown() throws IOException {
    // Given
    var store = store();
    pack.putInto(store);
    holders.setAway(true);

    // When
    assertThatThrownBy(() -> store.delete(pack.digest()))
        .isInstanceOfSatisfying(QinlingException.class, TestReplicatedPackageStore::isUnavailable);

    // Then
    assertThat(pack.isIn(mine)).isTrue();
    assertThat(pack.isIn(theirs)).isTrue();
  }

  @Test
  void whatALivePeerKeepsIsThereWhileEtcdIsAway() throws IOException {
    // Given
    pack.putInto(theirs);
    var store = store();
    var fetched = Pack.ofBytes(10);
    fetched.putInto(mine);

    // When
    holders.setAway(true);

    // Then
    assertThat(fetched.isIn(store)).isTrue();
  }

  @Test
  void aPackageThatNobodyKeepsDoesNotExist() throws IOException {
    assertThat(store().open(pack.digest())).isEmpty();
  }

  @Test
  void aPackageOfAnEngineThatIsAwayCannotBeHadNow() {
    holders.record(pack.digest(), "away", 100);

    assertThatThrownBy(() -> store().open(pack.digest()))
        .isInstanceOfSatisfying(QinlingException.class, TestReplicatedPackageStore::isUnavailable);
  }

  @Test
  void aPackageOfAPeerThatFailsCannotBeHadNow() {
    peers.set(Set.of(new Peer("gone", "gone")));

    assertThatThrownBy(() -> store().open(pack.digest()))
        .isInstanceOfSatisfying(QinlingException.class, TestReplicatedPackageStore::isUnavailable);
  }

  @Test
  void whoNeedAPackageAtTheSameTimeShareOneFetch() throws Exception {
    // Given
    pack.putInto(theirs);
    var store = store();
    network.gate = new CountDownLatch(1);
    var first = blocking.submit(() -> pack.isIn(store));
    network.fetching.await();

    // When
    var second = blocking.submit(() -> pack.isIn(store));
    var third = blocking.submit(() -> pack.isIn(store));
    network.gate.countDown();

    // Then
    assertThat(first.get() && second.get() && third.get()).isTrue();
    assertThat(network.fetches).hasValue(1);
  }

  @Test
  void aFetchThatCannotBeWrittenIsAFailureOfThisEngine() throws IOException {
    // Given
    pack.putInto(theirs);
    var store = over(new FullDisk(mine));

    // When
    assertThatThrownBy(() -> store.open(pack.digest()))

        // Then
        .isInstanceOf(IOException.class)
        .hasMessage(FullDisk.MESSAGE);
    assertThat(mine.digests()).isEmpty();
    assertThat(holders.of(pack.digest())).isEmpty();
  }

  @Test
  void whatACrashLeftUnrecordedIsRecordedAtTheStart() throws IOException {
    // Given
    pack.putInto(mine);

    // When
    store().start();

    // Then
    await().until(() -> holders.of(pack.digest()).equals(Set.of("self", "peer")));
    assertThat(pack.isIn(theirs)).isTrue();
  }

  @Test
  void aRecordOfWhatIsNotHereIsForgottenAtTheStart() {
    // Given
    holders.record(pack.digest(), "self", 100);

    // When
    store().start();

    // Then
    await().until(() -> holders.of(pack.digest()).isEmpty());
  }

  @Test
  void copiesAreTriedAgainUntilAPeerTakesThem() throws IOException {
    // Given
    peers.set(Set.of(new Peer("late", "late")));
    var store = store();
    pack.putInto(store);

    // When
    network.add("late", new RegisteredPackages(theirs, holders, "late"));

    // Then
    await().until(() -> pack.isIn(theirs));
  }

  @Test
  void theRepairWaitsForEtcd() throws IOException {
    // Given
    pack.putInto(mine);
    holders.setAway(true);
    store().start();

    // When
    holders.setAway(false);

    // Then
    await().until(() -> pack.isIn(theirs));
  }

  @Test
  void aPackageThatTwoEnginesKeepIsCopiedNoFurther() throws IOException {
    // Given
    var store = store();
    pack.putInto(store);
    var third = new LocalPackageStore(folder.resolve("third"), MAX_BYTES);
    var other = Pack.ofBytes(10);
    other.putInto(mine);
    holders.record(other.digest(), "self", 10);
    store.start();

    // When
    peers.set(Set.of(peer, network.add("third", new RegisteredPackages(third, holders, "third"))));

    // Then
    await().until(() -> other.isIn(third) || other.isIn(theirs));
    assertThat(third.digests()).doesNotContain(pack.digest());
  }

  private static void isUnavailable(QinlingException failure) {
    assertThat(failure.code()).isEqualTo(ErrorCode.UNAVAILABLE);
  }

  /** Takes nothing in. */
  private record FullDisk(OwnPackages store) implements OwnPackages {
    static final String MESSAGE = "No space left on device";

    @Override
    public Set<String> digests() throws IOException {
      return store.digests();
    }

    @Override
    public PackageStore.Upload upload(String digest) throws IOException {
      var upload = store.upload(digest);
      return new PackageStore.Upload() {
        @Override
        public void write(byte[] bytes) throws IOException {
          throw new IOException(MESSAGE);
        }

        @Override
        public long commit() {
          throw new IllegalStateException();
        }

        @Override
        public void close() throws IOException {
          upload.close();
        }
      };
    }

    @Override
    public Optional<StoredPackage> open(String digest) throws IOException {
      return store.open(digest);
    }

    @Override
    public void delete(String digest) throws IOException {
      store.delete(digest);
    }
  }
}
