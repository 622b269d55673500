// SPDX-License-Identifier: Apache-2.0
package io.qinling.engine.download;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TestPackageLinks {
  private static final String SECRET = "a secret of the tests";

  private Instant now = Instant.parse("2026-01-01T00:00:00Z");
  private final PackageLinks links = links(SECRET);

  private PackageLinks links(String secret) {
    return new PackageLinks("10.0.0.1:7072", secret, () -> now);
  }

  private static Map<String, String> parts(PackageLink link) {
    var url = URI.create(link.url());
    var parts = new HashMap<String, String>();
    Arrays.stream(url.getQuery().split("&"))
        .map(pair -> pair.split("=", 2))
        .forEach(pair -> parts.put(pair[0], pair[1]));
    parts.put("digest", url.getPath().substring(PackageLinks.PATH.length()));
    return parts;
  }

  private static Redemption redeem(PackageLinks by, Map<String, String> parts) {
    return by.redeem(
        parts.get("digest"),
        parts.get("worker"),
        parts.get("number"),
        parts.get("expires"),
        parts.get("signature"));
  }

  private static Redemption redeem(PackageLinks by, PackageLink link) {
    return redeem(by, parts(link));
  }

  @Test
  void aLinkIsToTheEngineThatMadeItAndForOneWorker() {
    var link = links.issue("d1", "w1");

    assertThat(link.url()).startsWith("http://10.0.0.1:7072/packages/d1?");
    assertThat(parts(link)).containsEntry("worker", "w1");
  }

  @Test
  void aLinkGrantsItsPackageOnce() {
    var link = links.issue("d1", "w1");

    assertThat(redeem(links, link))
        .isInstanceOfSatisfying(
            Redemption.Granted.class, granted -> assertThat(granted.digest()).isEqualTo("d1"));
    assertThat(redeem(links, link)).isInstanceOf(Redemption.Used.class);
  }

  @Test
  void ofManyWhoUseALinkAtATimeOneIsGrantedIt() throws Exception {
    var parts = parts(links.issue("d1", "w1"));
    var uses =
        IntStream.range(0, 50).<Callable<Redemption>>mapToObj(i -> () -> redeem(links, parts));

    var outcomes = new ArrayList<Redemption>();
    try (var executor = Executors.newVirtualThreadPerTaskExecutor()) {
      for (var use : executor.invokeAll(uses.toList())) {
        outcomes.add(use.get());
      }
    }

    assertThat(outcomes).filteredOn(Redemption.Granted.class::isInstance).hasSize(1);
  }

  @ParameterizedTest
  @ValueSource(strings = {"digest", "worker", "number", "expires", "signature"})
  void aLinkThatWasChangedIsNone(String part) {
    var parts = parts(links.issue("d1", "w1"));
    parts.merge(part, "1", String::concat);

    assertThat(redeem(links, parts)).isInstanceOf(Redemption.Invalid.class);
  }

  @Test
  void partsThatOnlyReadTheSameTogetherAreNone() {
    var parts = parts(links.issue("d1", "w1"));
    parts.put("digest", "d1\nw1");
    parts.put("worker", parts.get("number"));
    parts.put("number", parts.get("expires"));
    parts.put("expires", "");

    assertThat(redeem(links, parts)).isInstanceOf(Redemption.Invalid.class);
  }

  @Test
  void aLinkOfAnotherSecretOrOfAnotherEngineIsNone() {
    assertThat(redeem(links, links("another").issue("d1", "w1")))
        .isInstanceOf(Redemption.Invalid.class);
    assertThat(redeem(links, links(SECRET).issue("d1", "w1")))
        .isInstanceOf(Redemption.Invalid.class);
  }

  @Test
  void aLinkIsGoodForAMinute() {
    var early = links.issue("d1", "w1");
    var late = links.issue("d1", "w1");

    now = now.plus(Duration.ofSeconds(60));
    assertThat(redeem(links, early)).isInstanceOf(Redemption.Granted.class);

    now = now.plus(Duration.ofSeconds(1));
    assertThat(redeem(links, late)).isInstanceOf(Redemption.Expired.class);
  }

  @Test
  void aUsedLinkIsNotForgottenWhenTheClockIsSetBack() {
    var link = links.issue("d1", "w1");
    redeem(links, link);

    now = now.minus(Duration.ofDays(1));

    assertThat(redeem(links, link)).isInstanceOf(Redemption.Used.class);
  }

  @Test
  void theMakerOfALinkSeesHowItsUseGoes() {
    var link = links.issue("d1", "w1");
    assertThat(links.transfer(link)).isEmpty();

    var granted = (Redemption.Granted) redeem(links, link);
    assertThat(links.transfer(link)).hasValueSatisfying(use -> assertThat(use).isNotDone());

    granted.transfer().complete(null);
    assertThat(links.transfer(link)).hasValueSatisfying(use -> assertThat(use).isCompleted());
  }
}
