// SPDX-License-Identifier: Apache-2.0
package io.qinling.engine.storage.replicated;

import static java.util.stream.Collectors.toUnmodifiableSet;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.etcd.jetcd.ByteSequence;
import io.etcd.jetcd.KeyValue;
import io.etcd.jetcd.options.DeleteOption;
import io.etcd.jetcd.options.GetOption;
import io.etcd.jetcd.options.OptionsUtil;
import io.qinling.engine.storage.PackageHolders;
import io.qinling.etcd.Etcd;
import io.qinling.etcd.Keys;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/** A key for each package and holder; what is not of that form is not ours and stays unseen. */
public final class EtcdPackageHolders implements PackageHolders {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Pattern HOLDER = Pattern.compile("([0-9a-f]{64})/([^/]+)");

  /** Keeps an answer well below the 4 MiB that a client of gRPC accepts. */
  private static final int PAGE = 5000;

  private record Holder(String digest, String engine) {}

  private final Etcd etcd;
  private final int pageSize;

  public EtcdPackageHolders(Etcd etcd) {
    this(etcd, PAGE);
  }

  /**
   * @param pageSize keys that are read at once
   */
  EtcdPackageHolders(Etcd etcd, int pageSize) {
    this.etcd = etcd;
    this.pageSize = pageSize;
  }

  @Override
  public void record(String digest, String engine, long size) {
    var value = JSON.createObjectNode().put("size", size).toString();
    var _ = etcd.call(client -> client.getKVClient().put(key(digest, engine), Keys.bytes(value)));
  }

  @Override
  public void forget(String digest, String engine) {
    var _ = etcd.call(client -> client.getKVClient().delete(key(digest, engine)));
  }

  private static ByteSequence key(String digest, String engine) {
    return Keys.bytes(Keys.holders(digest) + engine);
  }

  @Override
  public void forgetAll(String digest) {
    var all = DeleteOption.builder().isPrefix(true).build();
    var _ = etcd.call(client -> client.getKVClient().delete(Keys.bytes(Keys.holders(digest)), all));
  }

  @Override
  public Set<String> of(String digest) {
    var all = GetOption.builder().isPrefix(true).build();
    return etcd
        .call(client -> client.getKVClient().get(Keys.bytes(Keys.holders(digest)), all))
        .getKvs()
        .stream()
        .flatMap(entry -> decode(entry).stream())
        .map(Holder::engine)
        .collect(toUnmodifiableSet());
  }

  @Override
  public Map<String, Set<String>> all() {
    var holders = new HashMap<String, Set<String>>();
    var from = Keys.bytes(Keys.PACKAGES);
    var end = OptionsUtil.prefixEndOf(from);
    List<KeyValue> page;
    do {
      page = page(from, end);
      for (var entry : page) {
        decode(entry)
            .ifPresent(each ->
                holders
                    .computeIfAbsent(each.digest(), digest -> new HashSet<>())
                    .add(each.engine()));
      }
      if (!page.isEmpty()) {
        // The next possible key: a key's successor is itself with a zero byte.
        from = page.getLast().getKey().concat(ByteSequence.from(new byte[1]));
      }
    } while (page.size() == pageSize);
    return holders;
  }

  private List<KeyValue> page(ByteSequence from, ByteSequence end) {
    var option = GetOption.builder().withRange(end).withLimit(pageSize).build();
    return etcd.call(client -> client.getKVClient().get(from, option)).getKvs();
  }

  private static Optional<Holder> decode(KeyValue entry) {
    var holder = HOLDER.matcher(Keys.text(entry.getKey()).substring(Keys.PACKAGES.length()));
    try {
      return holder.matches() && JSON.readTree(Keys.text(entry.getValue())).path("size").isNumber()
          ? Optional.of(new Holder(holder.group(1), holder.group(2)))
          : Optional.empty();
    } catch (JsonProcessingException foreign) {
      return Optional.empty();
    }
  }
}
