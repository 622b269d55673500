// SPDX-License-Identifier: Apache-2.0
package io.qinling.check;

import static io.qinling.check.Outcome.Verdict.FAILED;
import static io.qinling.check.Outcome.Verdict.WARNING;
import static java.nio.file.attribute.PosixFilePermission.OTHERS_READ;

import io.qinling.conf.ConfException;
import io.qinling.conf.ConfVocabulary;
import io.qinling.conf.QinlingConf;
import io.qinling.conf.Setting;
import io.qinling.credentials.ServiceSecret;
import io.qinling.credentials.SharedSecret;
import io.qinling.etcd.EtcdAddresses;
import io.qinling.etcd.EtcdConfig;
import io.quarkus.runtime.configuration.ConfigurationException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Collectors;

/**
 * Collects what is to be said of the settings alone. Says it at the start, where what is impossible
 * keeps the service from starting, and in the table of {@code check}.
 */
public final class Review {
  private static final String SETTINGS = "settings";
  private static final int LAST_PORT = 65535;

  /** A made secret has more different characters than one that was thought up. */
  private static final int DIFFERENT_CHARACTERS = 8;

  /** Options that hold passwords. */
  private static final Set<String> SECRETS =
      Set.of(
          "qinling.engine.secret",
          "qinling.database.connection",
          "qinling.etcd.password",
          "qinling.keystone_authtoken.password",
          "qinling.keystone_authtoken.memcache_secret_key");

  private final List<Outcome> outcomes = new ArrayList<>();

  /** What was said so far, in its order. */
  public List<Outcome> outcomes() {
    return List.copyOf(outcomes);
  }

  /**
   * Refuses the start.
   *
   * @throws ConfException with all that is impossible
   */
  public void requirePossible() {
    var impossible = texts(FAILED);
    if (!impossible.isEmpty()) {
      throw new ConfException(String.join("; ", impossible));
    }
  }

  /** Tells what the service works with, but should not. */
  public void warn(Consumer<String> log) {
    texts(WARNING).forEach(log);
  }

  private List<String> texts(Outcome.Verdict verdict) {
    return outcomes.stream()
        .filter(outcome -> outcome.verdict() == verdict)
        .map(Outcome::text)
        .toList();
  }

  /** Adds what was not said yet. */
  public void add(Outcome outcome) {
    if (!outcomes.contains(outcome)) {
      outcomes.add(outcome);
    }
  }

  /**
   * @param advice names the option and what to do
   */
  public void unsafe(boolean isUnsafe, String advice) {
    if (isUnsafe) {
      add(Outcome.warning(SETTINGS, advice));
    }
  }

  /**
   * @param advice names the option and what it must be
   */
  public void impossible(boolean isImpossible, String advice) {
    if (isImpossible) {
      add(Outcome.failed(SETTINGS, advice));
    }
  }

  /**
   * What the code refuses by an IllegalArgumentException or ConfigurationException is impossible.
   */
  public void possible(Runnable use) {
    try {
      use.run();
    } catch (IllegalArgumentException | ConfigurationException refused) {
      impossible(true, refused.getMessage());
    }
  }

  public void atLeast(String option, long least, long value) {
    impossible(value < least, option + " = " + value + " must be at least " + least);
  }

  public void atLeast(String option, Duration least, Duration value) {
    impossible(
        value.compareTo(least) < 0,
        "%s = %d ms must be at least %d ms".formatted(option, value.toMillis(), least.toMillis()));
  }

  public void port(String option, int value) {
    impossible(
        value < 1 || value > LAST_PORT, option + " = " + value + " must be a port, 1 to 65535");
  }

  /** A key that others than its owner and its group may read is unsafe. */
  public void key(String option, Path file) {
    unsafe(
        isForEverybody(file),
        "%s: everybody on this host may read %s; chmod 640 it".formatted(option, file));
  }

  private static boolean isForEverybody(Path file) {
    try {
      return Files.getPosixFilePermissions(file).contains(OTHERS_READ);
    } catch (IOException absent) {
      // Whoever needs it says so.
      return false;
    }
  }

  /** The files, and what in them has no effect. */
  public void files(QinlingConf conf) {
    var read = conf.files();
    add(
        Outcome.ok(
            "configuration",
            read.isEmpty()
                ? "there is no file; the environment and the defaults hold"
                : read.stream().map(Path::toString).collect(Collectors.joining(", "))));
    ConfVocabulary.load()
        .review(conf)
        .forEach(finding -> add(Outcome.warning("configuration", finding.message())));
    conf.settings().stream()
        .filter(setting -> SECRETS.contains(setting.property()) && !setting.value().isEmpty())
        .map(Setting::file)
        .distinct()
        .filter(Review::isForEverybody)
        .forEach(file ->
            unsafe(
                true,
                file + " holds passwords, and everybody on this host may read it; chmod 640 it"));
  }

  /** The secret between the services. */
  public void secret(Optional<String> named, ServiceSecret known) {
    var secret = known.or(named);
    if (secret.isEmpty()) {
      add(
          Outcome.failed(
              "secret",
              "[engine] secret is not set, and it must be the same in both services; make one"
                  + " with: openssl rand -hex 32"));
      return;
    }
    try {
      var _ = new SharedSecret(secret.get());
      boolean guessable = secret.get().chars().distinct().count() < DIFFERENT_CHARACTERS;
      if (guessable) {
        add(
            Outcome.warning(
                "secret",
                "[engine] secret can be guessed, and who knows it can run code; make one with:"
                    + " openssl rand -hex 32"));
      } else {
        add(
            Outcome.ok(
                "secret",
                named.isPresent()
                    ? "[engine] secret is set"
                    : "derived from [keystone_authtoken] password and memcache_secret_key, since"
                        + " [engine] secret is not set"));
      }
    } catch (IllegalArgumentException refused) {
      add(Outcome.failed("secret", refused.getMessage()));
    }
  }

  /** Section {@code [etcd]}. */
  public void etcd(EtcdConfig config) {
    possible(() ->
        EtcdAddresses.of(config)
            .ifPresent(addresses -> {
              addresses.warning().ifPresent(advice -> unsafe(true, advice));
              if (config.protocol().equals("https")) {
                key("[etcd] cert_key", config.certKey());
              }
            }));
  }

  /** Whether only this host can reach what listens there. */
  public static boolean isLoopback(String host) {
    try {
      return InetAddress.getByName(host).isLoopbackAddress();
    } catch (UnknownHostException unknown) {
      return false;
    }
  }
}
