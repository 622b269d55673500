// SPDX-License-Identifier: Apache-2.0
package io.qinling.engine.storage;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.qinling.error.ErrorCode;
import io.qinling.error.QinlingException;
import java.io.IOException;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;

/** What every package store must do. */
public abstract class PackageStoreContract {
  /** Longest package that the stores under test accept. */
  protected static final int MAX_BYTES = 1000;

  private static final byte[] CONTENT = "a package".getBytes(UTF_8);
  private static final String DIGEST = digest(CONTENT);

  /** An empty store. */
  protected abstract PackageStore store() throws IOException;

  @Test
  void whatWasCommittedCanBeRead() throws IOException {
    var store = store();

    long size = put(store, DIGEST, CONTENT);

    assertThat(size).isEqualTo(CONTENT.length);
    assertThat(read(store, DIGEST)).isEqualTo(CONTENT);
  }

  @Test
  void nothingIsVisibleBeforeTheCommit() throws IOException {
    var store = store();
    try (var upload = store.upload(DIGEST)) {
      upload.write(CONTENT);

      assertThat(store.open(DIGEST)).isEmpty();
    }
    assertThat(store.open(DIGEST)).isEmpty();
  }

  @Test
  void bytesOfAnotherDigestAreRefused() throws IOException {
    var store = store();
    try (var upload = store.upload(DIGEST)) {
      upload.write("another package".getBytes(UTF_8));

      assertThatThrownBy(upload::commit)
          .satisfies(failure -> isCode(failure, ErrorCode.INVALID_INPUT));
    }
    assertThat(store.open(DIGEST)).isEmpty();
  }

  @Test
  void aPackageThatIsTooLongIsRefused() throws IOException {
    try (var upload = store().upload(DIGEST)) {
      upload.write(new byte[MAX_BYTES]);

      assertThatThrownBy(() -> upload.write(new byte[1]))
          .satisfies(failure -> isCode(failure, ErrorCode.TOO_LARGE));
    }
  }

  @Test
  void storingAgainChangesNothing() throws IOException {
    var store = store();
    put(store, DIGEST, CONTENT);

    put(store, DIGEST, CONTENT);

    assertThat(read(store, DIGEST)).isEqualTo(CONTENT);
  }

  @Test
  void aDeletedPackageIsGoneButItsReadersReadOn() throws IOException {
    var store = store();
    put(store, DIGEST, CONTENT);
    try (var reader = store.open(DIGEST).orElseThrow()) {
      store.delete(DIGEST);

      assertThat(store.open(DIGEST)).isEmpty();
      assertThat(reader.content().readAllBytes()).isEqualTo(CONTENT);
    }
  }

  @Test
  void deletingWhatIsNotThereIsASuccess() throws IOException {
    store().delete(DIGEST);
  }

  @Test
  void whatIsNoDigestIsRefused() throws IOException {
    var store = store();
    for (var name :
        new String[] {"", "../../etc/passwd", DIGEST.toUpperCase(java.util.Locale.ROOT)}) {
      assertThatThrownBy(() -> store.open(name))
          .satisfies(failure -> isCode(failure, ErrorCode.INVALID_INPUT));
      assertThatThrownBy(() -> store.upload(name))
          .satisfies(failure -> isCode(failure, ErrorCode.INVALID_INPUT));
      assertThatThrownBy(() -> store.delete(name))
          .satisfies(failure -> isCode(failure, ErrorCode.INVALID_INPUT));
    }
  }

  private static void isCode(Throwable failure, ErrorCode code) {
    assertThat(((QinlingException) failure).code()).isEqualTo(code);
  }

  private static long put(PackageStore store, String digest, byte[] content) throws IOException {
    try (var upload = store.upload(digest)) {
      upload.write(content);
      return upload.commit();
    }
  }

  private static byte[] read(PackageStore store, String digest) throws IOException {
    try (var stored = store.open(digest).orElseThrow()) {
      assertThat(stored.size()).isEqualTo(CONTENT.length);
      return stored.content().readAllBytes();
    }
  }

  private static String digest(byte[] content) {
    return HexFormat.of().formatHex(Digests.sha256().digest(content));
  }
}
