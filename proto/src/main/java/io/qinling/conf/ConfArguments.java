// SPDX-License-Identifier: Apache-2.0
package io.qinling.conf;

import java.io.File;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Decides which files a program reads, from {@code --config-file F} and {@code --config-dir D},
 * each any number of times and in the order of growing weight. Without {@code --config-file} the
 * files of {@link ConfFolders#defaults} come first, as in oslo.config. Without either, the variable
 * {@value #FILES_VARIABLE} takes the place of the defaults.
 *
 * @param files the files to read, absolute
 * @param rest the arguments that were not consumed, in order; everything from {@code --} on is
 *     among them
 */
public record ConfArguments(List<Path> files, List<String> rest) {
  /**
   * System property with the files to read, parted by {@link File#pathSeparator}; unset means none.
   */
  public static final String FILES_PROPERTY = "qinling.config-files";

  /** System property with the program's name, for example {@code qinling-engine}. */
  public static final String PROGRAM_PROPERTY = "qinling.program";

  /** Environment variable with files to read, parted by {@link File#pathSeparator}. */
  public static final String FILES_VARIABLE = "QINLING_CONFIG_FILE";

  private static final String FILE_OPTION = "--config-file";
  private static final String FOLDER_OPTION = "--config-dir";

  /**
   * Finds and checks the files of this process and makes them its configuration. To be called first
   * thing in {@code main}: {@link QinlingConfSource} is made by a service loader and sees only the
   * system properties set here.
   *
   * @param program the program's name, for example {@code qinling-engine}
   * @param args the command line
   * @return the arguments that were not consumed
   * @throws ConfException if an argument has no value, or a file is missing, cannot be read or is
   *     malformed
   */
  public static String[] apply(String program, String... args) {
    Map<String, String> environment = System.getenv();
    ConfArguments found =
        parse(program, List.of(args), environment, ConfFolders.ofSystem(environment));
    found.publish(program);
    return found.rest.toArray(String[]::new);
  }

  /** The files that {@link #apply} found, or that {@value #FILES_PROPERTY} names otherwise. */
  public static List<Path> publishedFiles() {
    return split(System.getProperty(FILES_PROPERTY, "")).map(Path::of).toList();
  }

  static ConfArguments parse(
      String program, List<String> args, Map<String, String> environment, ConfFolders folders) {
    List<Path> named = new ArrayList<>();
    List<String> rest = new ArrayList<>();
    boolean fileGiven = false;
    boolean folderGiven = false;
    Iterator<String> remaining = args.iterator();
    while (remaining.hasNext()) {
      String arg = remaining.next();
      if (arg.equals("--")) {
        rest.add(arg);
        remaining.forEachRemaining(rest::add);
      } else if (is(FILE_OPTION, arg)) {
        fileGiven = true;
        named.add(folders.path(value(FILE_OPTION, arg, remaining)));
      } else if (is(FOLDER_OPTION, arg)) {
        folderGiven = true;
        named.addAll(ConfFolders.filesOf(folders.path(value(FOLDER_OPTION, arg, remaining))));
      } else {
        rest.add(arg);
      }
    }
    if (fileGiven) {
      return new ConfArguments(named, rest);
    }
    String variable = environment.getOrDefault(FILES_VARIABLE, "");
    if (!folderGiven && !variable.isEmpty()) {
      return new ConfArguments(split(variable).map(folders::path).toList(), rest);
    }
    List<Path> files = new ArrayList<>(folders.defaults(program));
    files.addAll(named);
    return new ConfArguments(files, rest);
  }

  void publish(String program) {
    for (Path file : files) {
      if (file.toString().contains(File.pathSeparator)) {
        throw new ConfException(
            "%s: the name of a configuration file must not contain '%s'"
                .formatted(file, File.pathSeparator));
      }
    }
    new QinlingConfSource(QinlingConf.read(files));
    System.setProperty(PROGRAM_PROPERTY, program);
    System.setProperty(
        FILES_PROPERTY,
        files.stream().map(Path::toString).collect(Collectors.joining(File.pathSeparator)));
  }

  private static boolean is(String option, String arg) {
    return arg.equals(option) || arg.startsWith(option + "=");
  }

  private static String value(String option, String arg, Iterator<String> remaining) {
    String value = "";
    if (arg.length() > option.length()) {
      value = arg.substring(option.length() + 1);
    } else if (remaining.hasNext()) {
      value = remaining.next();
    }
    if (value.isEmpty()) {
      throw new ConfException(option + " needs a path");
    }
    return value;
  }

  private static Stream<String> split(String paths) {
    return Arrays.stream(paths.split(File.pathSeparator, -1)).filter(path -> !path.isEmpty());
  }
}
