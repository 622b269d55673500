// SPDX-License-Identifier: Apache-2.0
package io.qinling.api.engine.routing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.abort;

import io.etcd.jetcd.ByteSequence;
import io.etcd.jetcd.Client;
import io.etcd.jetcd.options.DeleteOption;
import io.qinling.etcd.EngineRecord;
import io.qinling.etcd.Etcd;
import io.qinling.etcd.EtcdAddresses;
import io.qinling.etcd.EtcdConfig;
import io.qinling.etcd.Keys;
import io.smallrye.config.SmallRyeConfigBuilder;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Against the etcd that QINLING_TEST_ETCD names, as by: e2e/etcd.py run -- ./mvnw verify. */
class EtcdDirectoryIT {
  private static final Duration PATIENCE = Duration.ofSeconds(10);

  private final String function = UUID.randomUUID().toString();
  private final FunctionKey key = new FunctionKey(function, 3);
  private final AtomicInteger changes = new AtomicInteger();
  private Client client;
  private EtcdDirectory directory;

  @BeforeEach
  void connect() {
    var named = System.getenv("QINLING_TEST_ETCD");
    if (named == null) {
      abort("QINLING_TEST_ETCD is not set, as by: e2e/etcd.py run -- ./mvnw verify");
    }
    client = Client.builder().endpoints(named).build();
    clear();
    directory = new EtcdDirectory(new Etcd(EtcdAddresses.of(config(URI.create(named))).get()));
    directory.whenChanged(changes::incrementAndGet);
    directory.awaitListing(PATIENCE);
  }

  private static EtcdConfig config(URI member) {
    return new SmallRyeConfigBuilder()
        .withMapping(EtcdConfig.class)
        .withDefaultValue("qinling.etcd.host", member.getHost())
        .withDefaultValue("qinling.etcd.port", String.valueOf(member.getPort()))
        .withDefaultValue("qinling.etcd.protocol", "http")
        .withDefaultValue("qinling.etcd.session_ttl", "PT10S")
        .build()
        .getConfigMapping(EtcdConfig.class);
  }

  @AfterEach
  void disconnect() {
    if (directory != null) {
      directory.close();
      clear();
      client.close();
    }
  }

  private void clear() {
    var all = DeleteOption.builder().isPrefix(true).build();
    client.getKVClient().delete(bytes("/qinling/v1/"), all).join();
  }

  private static ByteSequence bytes(String text) {
    return ByteSequence.from(text, StandardCharsets.UTF_8);
  }

  private void put(String at, String value) {
    client.getKVClient().put(bytes(at), bytes(value)).join();
  }

  private void delete(String at) {
    client.getKVClient().delete(bytes(at)).join();
  }

  private void announce(String name, String instance, boolean draining) {
    var engine = new EngineRecord(name, "10.0.0.1:7071", instance, "6", "", draining);
    put(Keys.engine(name), engine.encode());
  }

  @Test
  void enginesAreKnownWhileTheyAreAnnounced() {
    // When
    announce("a", "1", false);
    announce("b", "1", true);

    // Then
    await().until(() -> directory.engines().size() == 2);
    assertThat(directory.engines())
        .extracting(EngineNode::name, EngineNode::draining)
        .containsExactlyInAnyOrder(tuple("a", false), tuple("b", true));
    assertThat(changes).hasPositiveValue();

    // And when one goes
    delete(Keys.engine("a"));
    await().until(() -> directory.engines().size() == 1);
  }

  @Test
  void anOwnerCountsWhileItLives() {
    // Given
    announce("a", "1", false);
    put(Keys.owner(function, 3), "a");

    // When, then
    await().until(() -> directory.owner(key).isPresent());
    assertThat(directory.owner(key)).map(EngineNode::address).contains("10.0.0.1:7071");
    assertThat(directory.owner(new FunctionKey(function, 30))).isEmpty();
    delete(Keys.engine("a"));
    await().until(() -> directory.owner(key).isEmpty());
  }

  @Test
  void aRestartedEngineIsAnotherProcess() {
    // Given
    announce("a", "1", false);
    await().until(() -> directory.engines().size() == 1);
    var first = directory.engines().getFirst();
    assertThat(directory.isGone(first)).isFalse();

    // When
    announce("a", "2", false);

    // Then
    await().until(() -> directory.isGone(first));
  }

  @Test
  void whatNoEngineHasWrittenIsIgnored() {
    // Given
    announce("a", "1", false);
    put(Keys.owner(function, 3), "a");
    await().until(() -> directory.owner(key).isPresent());

    // When
    put(Keys.engine("x"), "no json");
    put(Keys.engine("y"), "{\"address\": \"nowhere\", \"instance\": \"1\"}");
    put(Keys.engine("z/z"), "{}");
    put(Keys.engine("a"), "{\"address\": 7}");
    put(Keys.OWNERS + function, "a");
    put(Keys.OWNERS + function + "/3/4", "a");
    put(Keys.OWNERS + function + "/9999999999", "a");
    put(Keys.OWNERS + function + "/03", "b");
    put(Keys.owner(function, 3), "");

    // Then it goes on with what it knew
    announce("b", "1", false);
    put(Keys.owner(function, 4), "b");
    await().until(() -> directory.owner(new FunctionKey(function, 4)).isPresent());
    assertThat(directory.engines())
        .extracting(EngineNode::name)
        .containsExactlyInAnyOrder("a", "b");
    assertThat(directory.owner(key)).map(EngineNode::name).contains("a");
  }
}
