// SPDX-License-Identifier: Apache-2.0
package io.qinling.etcd;

import io.etcd.jetcd.ByteSequence;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * The keys under which engines keep what they agree on. Each part ends with a slash, so that no key
 * is the beginning of another one by accident: function F version 1 is not version 10.
 *
 * <pre>
 * /qinling/v1/engines/ENGINE                       an {@link EngineRecord}, on the engine's lease
 * /qinling/v1/owners/FUNCTION/VERSION              the owner's ENGINE, on its lease
 * /qinling/v1/workers/FUNCTION/VERSION/WORKER      who serves the function version
 * /qinling/v1/claims/WORKER                        FUNCTION/VERSION; makes a worker serve only one
 * /qinling/v1/provisioned/FUNCTION/VERSION         how many workers are to be kept
 * /qinling/v1/packages/SHA256/ENGINE               who keeps a package
 * </pre>
 */
public final class Keys {
  private static final String ROOT = "/qinling/v1/";
  private static final Pattern FUNCTION_VERSION = Pattern.compile("[^/]+/(0|[1-9][0-9]{0,9})");

  public static final String ENGINES = ROOT + "engines/";
  public static final String OWNERS = ROOT + "owners/";
  public static final String WORKERS = ROOT + "workers/";
  public static final String CLAIMS = ROOT + "claims/";
  public static final String PROVISIONED = ROOT + "provisioned/";
  public static final String PACKAGES = ROOT + "packages/";

  private Keys() {}

  public static String engine(String name) {
    return ENGINES + name;
  }

  public static String owner(String functionId, int version) {
    return OWNERS + functionId + "/" + version;
  }

  public static String workers(String functionId, int version) {
    return WORKERS + functionId + "/" + version + "/";
  }

  public static String claim(String worker) {
    return CLAIMS + worker;
  }

  public static String provisioned(String functionId, int version) {
    return PROVISIONED + functionId + "/" + version;
  }

  public static String holders(String digest) {
    return PACKAGES + digest + "/";
  }

  /** {@code FUNCTION/VERSION} of an owner's key; empty for a key that is not of our making. */
  public static Optional<String> ownedFunction(String key) {
    return Optional.of(key)
        .filter(each -> each.startsWith(OWNERS))
        .map(each -> each.substring(OWNERS.length()))
        .filter(rest -> FUNCTION_VERSION.matcher(rest).matches());
  }

  public static ByteSequence bytes(String text) {
    return ByteSequence.from(text, StandardCharsets.UTF_8);
  }

  public static String text(ByteSequence bytes) {
    return bytes.toString(StandardCharsets.UTF_8);
  }
}
