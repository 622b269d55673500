// SPDX-License-Identifier: Apache-2.0
package io.qinling.api.config;

import io.qinling.api.database.DatabaseUrlException;
import io.qinling.api.database.Schema;
import io.qinling.api.database.SchemaException;
import io.qinling.conf.ConfArguments;
import io.qinling.conf.ConfException;
import io.qinling.conf.ConfSections;
import io.qinling.error.QinlingException;
import java.io.PrintStream;

/**
 * The command qinling-db-manage: a start mode of the api's executable that serves nothing and ends
 * at once. Failures go to the error output in one line, without a stack trace or a secret.
 */
final class DatabaseCommand {
  private static final int DONE = 0;
  private static final int FAILED = 1;
  private static final int MISUSED = 2;

  private static final String USAGE =
      """
      usage: qinling-db-manage [--config-file FILE]... [--config-dir FOLDER]... COMMAND
        upgrade head   bring the tables to the version of this release; also those of Qinling 5
        current        show the version of the tables
        history        show all migrations and whether they were run
        check          end with 1 when migrations are to be run, or the database cannot be reached
      """;

  private final PrintStream out;
  private final PrintStream err;

  DatabaseCommand(PrintStream out, PrintStream err) {
    this.out = out;
    this.err = err;
  }

  /** Runs the command; the answer is the exit code. */
  int run(String... arguments) {
    try {
      var command = String.join(" ", ConfArguments.apply("qinling-db-manage", arguments));
      return switch (command) {
        case "upgrade head" -> upgrade();
        case "current" -> current();
        case "history" -> history();
        case "check" -> check();
        case "-h", "--help" -> help();
        default -> misused("not understood: " + command);
      };
    } catch (ConfException | DatabaseUrlException | SchemaException wrong) {
      return failed(wrong.getMessage());
    } catch (QinlingException unreachable) {
      return failed(DatabaseStart.reason(unreachable));
    }
  }

  private int upgrade() {
    var config = config();
    DatabaseStart.prepare(config, err::println);
    out.println("The tables are at version " + new Schema(config.url()).version());
    return DONE;
  }

  private int current() {
    var schema = schema();
    int pending = schema.pending().size();
    var version = schema.version();
    out.println(
        (version.isEmpty() ? "none" : version)
            + (pending == 0 ? " (head)" : " (" + pending + " migrations are to be run)"));
    return DONE;
  }

  private int history() {
    schema().history().forEach(out::println);
    return DONE;
  }

  private int check() {
    var pending = schema().pending();
    if (!pending.isEmpty()) {
      return failed(
          "These migrations are to be run, by `qinling-db-manage upgrade head`: "
              + String.join(", ", pending));
    }
    out.println("The tables are those of this release.");
    return DONE;
  }

  private int help() {
    out.print(USAGE);
    return DONE;
  }

  private int failed(String reason) {
    err.println("ERROR: " + reason);
    return FAILED;
  }

  private int misused(String how) {
    err.println("ERROR: " + how);
    err.print(USAGE);
    return MISUSED;
  }

  private static Schema schema() {
    return new Schema(config().url());
  }

  private static DatabaseConfig config() {
    return ConfSections.read(DatabaseConfig.class).getConfigMapping(DatabaseConfig.class);
  }
}
