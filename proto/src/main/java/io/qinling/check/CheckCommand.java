// SPDX-License-Identifier: Apache-2.0
package io.qinling.check;

import io.qinling.conf.ConfArguments;
import io.qinling.conf.ConfException;
import java.io.PrintStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.logging.LogManager;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The start mode {@code check} of a service: reads the configuration as the service does, tries
 * once what it depends on, and prints a table. The process must end afterwards, since a look that
 * took too long goes on.
 */
public final class CheckCommand {
  /** The argument that asks for it, the first or the last. */
  private static final String COMMAND = "check";

  /** Longer than any look waits by itself for somebody who is there. */
  private static final Duration PATIENCE = Duration.ofSeconds(20);

  private static final int DONE = 0;
  private static final int FAILED = 1;
  private static final int MISUSED = 2;

  /** What a service looks at. */
  public interface Service {
    /**
     * Reads the configuration.
     *
     * @throws ConfException when that is impossible
     */
    Review review();

    /** What to try beyond the settings; all are tried at the same time. */
    List<Check> checks();
  }

  private CheckCommand() {}

  /** Whether a command line asks for it. */
  public static boolean isMeant(String... arguments) {
    return arguments.length > 0
        && (arguments[0].equals(COMMAND) || arguments[arguments.length - 1].equals(COMMAND));
  }

  /** Runs the command, and ends this process with its exit code. */
  public static void exit(String program, Service service, String... arguments) {
    // The table says all, and a log file is none of this process's business.
    LogManager.getLogManager().reset();
    System.exit(run(System.out, PATIENCE, program, service, arguments));
  }

  /** The answer is the exit code. */
  static int run(
      PrintStream out, Duration patience, String program, Service service, String... arguments) {
    var outcomes = new ArrayList<Outcome>();
    try {
      var rest = ConfArguments.apply(program, arguments);
      if (rest.length != 1) {
        out.printf("usage: %s check [--config-file FILE]... [--config-dir FOLDER]...%n", program);
        return MISUSED;
      }
      outcomes.addAll(service.review().outcomes());
      outcomes.addAll(tried(service.checks(), patience, outcomes));
    } catch (ConfException wrong) {
      outcomes.add(Outcome.failed("configuration", wrong.getMessage()));
    }
    print(out, outcomes);
    boolean failed = outcomes.stream().anyMatch(each -> each.verdict() == Outcome.Verdict.FAILED);
    return failed ? FAILED : DONE;
  }

  /** What is said already is not said again. */
  private static List<Outcome> tried(List<Check> checks, Duration patience, List<Outcome> said) {
    var texts = said.stream().map(Outcome::text).collect(Collectors.toSet());
    long end = System.nanoTime() + patience.toNanos();
    var executor = Executors.newVirtualThreadPerTaskExecutor();
    var running = checks.stream().map(check -> executor.submit(check.look())).toList();
    var outcomes = new ArrayList<Outcome>();
    for (int i = 0; i < checks.size(); i++) {
      outcomes.addAll(outcomes(checks.get(i).subject(), running.get(i), end - System.nanoTime()));
    }
    executor.shutdownNow();
    outcomes.removeIf(outcome -> texts.contains(outcome.text()));
    return outcomes;
  }

  private static List<Outcome> outcomes(
      String subject, Future<List<Outcome>> look, long patienceNanos) {
    try {
      return look.get(Math.max(0, patienceNanos), TimeUnit.NANOSECONDS);
    } catch (ExecutionException failed) {
      return List.of(Outcome.failed(subject, reason(failed.getCause())));
    } catch (TimeoutException late) {
      return List.of(
          Outcome.failed(subject, "no answer in time; who is asked hangs, or is cut off"));
    } catch (InterruptedException stopping) {
      Thread.currentThread().interrupt();
      return List.of(Outcome.failed(subject, "interrupted"));
    }
  }

  /**
   * What failed and the deepest cause of it, in one line: for the operator, who may know what a
   * caller may not.
   */
  public static String reason(Throwable failure) {
    var deepest = failure;
    while (deepest.getCause() != null) {
      deepest = deepest.getCause();
    }
    return Stream.of(failure, deepest)
        .map(CheckCommand::words)
        .distinct()
        .collect(Collectors.joining(": "));
  }

  private static String words(Throwable failure) {
    // Of ours the message alone is meant for people.
    boolean ours = failure.getClass().getName().startsWith("io.qinling");
    var kind = failure.getClass().getSimpleName();
    var message = firstLine(Objects.requireNonNullElse(failure.getMessage(), ""));
    return message.isEmpty() ? kind : ours ? message : kind + ": " + message;
  }

  private static String firstLine(String text) {
    return text.strip().lines().findFirst().orElse("");
  }

  private static void print(PrintStream out, List<Outcome> outcomes) {
    int widest = outcomes.stream().mapToInt(each -> each.subject().length()).max().orElse(0);
    var line = "%-" + Math.max(widest, "WHAT".length()) + "s  %-14s  %s%n";
    out.printf(line, "WHAT", "RESULT", "NOTE");
    for (var each : outcomes) {
      out.printf(line, each.subject(), each.verdict().label(), each.text());
    }
  }
}
