// SPDX-License-Identifier: Apache-2.0
package io.qinling.conf;

import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** The configuration files of this process, read and laid over each other. Immutable. */
public final class QinlingConf {
  private final List<Path> files;
  private final List<Setting> settings;
  private final Map<String, List<Setting>> byProperty = new LinkedHashMap<>();

  private QinlingConf(List<Path> files, List<Setting> settings) {
    this.files = List.copyOf(files);
    this.settings = List.copyOf(settings);
    for (Setting setting : settings) {
      byProperty.computeIfAbsent(setting.property(), name -> new ArrayList<>()).add(setting);
    }
  }

  /**
   * Reads files as UTF-8.
   *
   * @param files in the order of growing weight; none is fine
   * @throws ConfException if one is missing, cannot be read or is malformed
   */
  public static QinlingConf read(List<Path> files) {
    List<Setting> settings = new ArrayList<>();
    for (Path file : files) {
      settings.addAll(ConfParser.parse(file, text(file)));
    }
    return new QinlingConf(files, settings);
  }

  /**
   * Reads the files that {@link ConfArguments#apply} found; empty if it was not called.
   *
   * @throws ConfException as {@link #read}
   */
  public static QinlingConf ofThisProcess() {
    return read(ConfArguments.publishedFiles());
  }

  private static String text(Path file) {
    try {
      return Files.readString(file);
    } catch (NoSuchFileException e) {
      throw new ConfException(file + ": no such configuration file", e);
    } catch (CharacterCodingException e) {
      throw new ConfException(file + ": not UTF-8 text", e);
    } catch (IOException e) {
      throw new ConfException(file + ": cannot be read (" + e + ")", e);
    }
  }

  /** The files that were read, in the order of growing weight. */
  public List<Path> files() {
    return files;
  }

  /** All assignments, overridden ones included, in the order they were read. */
  public List<Setting> settings() {
    return settings;
  }

  /** The {@link Setting#property() properties} that are assigned. */
  Set<String> properties() {
    return byProperty.keySet();
  }

  /**
   * Every assignment of a property in the order read: the value of an oslo.config multi-valued
   * option.
   */
  List<Setting> all(String property) {
    return byProperty.getOrDefault(property, List.of());
  }

  /** The assignment that counts: the last one. */
  Optional<Setting> last(String property) {
    List<Setting> all = all(property);
    return all.isEmpty() ? Optional.empty() : Optional.of(all.getLast());
  }

  /**
   * The value with its references replaced.
   *
   * @throws ConfException if it refers to something no file sets, or to itself
   */
  String expanded(Setting setting) {
    return new References(this).expand(setting);
  }
}
