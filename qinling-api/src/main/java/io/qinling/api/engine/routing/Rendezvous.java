// SPDX-License-Identifier: Apache-2.0
package io.qinling.api.engine.routing;

/**
 * Rendezvous hashing: every api ranks the engines for a key in the same order, each engine is first
 * for an equal share of the keys, and when one goes only its keys move.
 */
final class Rendezvous {
  private static final long FNV_OFFSET = 0xcbf29ce484222325L;
  private static final long FNV_PRIME = 0x100000001b3L;

  private final long begin;

  private Rendezvous(long begin) {
    this.begin = begin;
  }

  static Rendezvous of(FunctionKey function) {
    return new Rendezvous(next(add(FNV_OFFSET, function.functionId()), (char) function.version()));
  }

  static Rendezvous of(String digest) {
    return new Rendezvous(add(FNV_OFFSET, digest));
  }

  /** The engine with the highest score is the first. */
  long score(String engineName) {
    return mix(add(next(begin, '/'), engineName));
  }

  private static long add(long hash, String text) {
    long sum = hash;
    for (int i = 0; i < text.length(); i++) {
      sum = next(sum, text.charAt(i));
    }
    return sum;
  }

  private static long next(long hash, char each) {
    return (hash ^ each) * FNV_PRIME;
  }

  /**
   * The last steps of MurmurHash3, since FNV-1a alone leaves the scores of names that differ in
   * their last character close to each other.
   */
  private static long mix(long hash) {
    long mixed = hash;
    mixed ^= mixed >>> 33;
    mixed *= 0xff51afd7ed558ccdL;
    mixed ^= mixed >>> 33;
    mixed *= 0xc4ceb9fe1a85ec53L;
    mixed ^= mixed >>> 33;
    return mixed;
  }
}
