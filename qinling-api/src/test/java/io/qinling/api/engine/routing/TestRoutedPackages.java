// SPDX-License-Identifier: Apache-2.0
package io.qinling.api.engine.routing;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.qinling.error.ErrorCode;
import io.qinling.error.QinlingException;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class TestRoutedPackages {
  private static final List<String> DIGESTS = List.of("d0", "d1", "d2", "d3", "d4", "d5", "d6");

  private final RoutingFixture fixture = new RoutingFixture();
  private final ServedEngine a = fixture.serve();
  private final ServedEngine b = fixture.serve();

  @BeforeEach
  void bothLive() {
    fixture.directory.tell(a.node("a"), b.node("b"));
  }

  @AfterEach
  void stop() {
    fixture.close();
  }

  private void put(String digest) throws IOException {
    fixture.routed.putPackage(digest, new ByteArrayInputStream(digest.getBytes(UTF_8)));
  }

  private String get(String digest) throws IOException {
    try (var content = fixture.routed.getPackage(digest)) {
      return new String(content.readAllBytes(), UTF_8);
    }
  }

  @Test
  void aPackageGoesToOneEngine() throws IOException {
    put("d");

    assertThat(a.packages.size() + b.packages.size()).isEqualTo(1);
    assertThat(get("d")).isEqualTo("d");
  }

  @Test
  void everyPackageIsStoredWhileOneEngineIsThere() throws IOException {
    a.close();

    for (var digest : DIGESTS) {
      put(digest);
    }

    assertThat(b.packages).containsOnlyKeys(DIGESTS);
  }

  @Test
  void aPackageIsFoundInWhicheverEngineHasIt() throws IOException {
    a.packages.put("d0", "at a");
    b.packages.put("d1", "at b");

    assertThat(get("d0")).isEqualTo("at a");
    assertThat(get("d1")).isEqualTo("at b");
  }

  @Test
  void aPackageThatNoEngineHasIsNotFound() {
    assertThatThrownBy(() -> get("d"))
        .isInstanceOfSatisfying(
            QinlingException.class,
            failed -> assertThat(failed.code()).isEqualTo(ErrorCode.NOT_FOUND));
  }

  @Test
  void anEngineThatIsAwayMayHaveThePackage() {
    a.close();

    assertThatThrownBy(() -> get("d"))
        .isInstanceOfSatisfying(
            QinlingException.class,
            failed -> assertThat(failed.code()).isEqualTo(ErrorCode.UNAVAILABLE));
  }

  @Test
  void oneEngineIsToldToDeleteAPackage() {
    a.packages.put("d", "");
    b.packages.put("d", "");

    fixture.routed.deletePackage("d");

    assertThat(a.packages.size() + b.packages.size()).isEqualTo(1);
  }
}
