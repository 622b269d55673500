// SPDX-License-Identifier: Apache-2.0
package io.qinling.api.instance;

import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Names the place of a process so that whoever listens there knows that the one before has ended:
 * the address, within the network namespace, within this run of the kernel. Where the system does
 * not tell these, the host's name stands for them.
 */
public final class Place {
  private static final Path BOOT = Path.of("/proc/sys/kernel/random/boot_id");
  private static final Path NETWORK = Path.of("/proc/self/ns/net");
  private static final int LONGEST = 255;

  private Place() {}

  /**
   * @param address host and port
   */
  public static String of(String address) {
    var place = hostName() + " " + address + " " + system();
    return place.substring(0, Math.min(place.length(), LONGEST));
  }

  private static String hostName() {
    try {
      return InetAddress.getLocalHost().getHostName();
    } catch (UnknownHostException nameless) {
      return "localhost";
    }
  }

  private static String system() {
    try {
      return Files.readString(BOOT).strip() + " " + Files.readSymbolicLink(NETWORK);
    } catch (IOException unknown) {
      return "";
    }
  }
}
