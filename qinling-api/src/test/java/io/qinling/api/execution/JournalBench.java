// SPDX-License-Identifier: Apache-2.0
package io.qinling.api.execution;

import io.agroal.api.AgroalDataSource;
import io.agroal.api.configuration.supplier.AgroalDataSourceConfigurationSupplier;
import io.agroal.api.security.NamePrincipal;
import io.agroal.api.security.SimplePassword;
import io.qinling.api.database.Database;
import io.qinling.api.database.DatabaseKind;
import io.qinling.api.database.DatabaseUrl;
import io.qinling.api.database.Schema;
import io.qinling.api.database.TestDatabase;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.UUID;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** How many executions a second are recorded durably; run by deploy/bench/database.sh. */
class JournalBench {
  private static final int CLIENTS = 32;
  private static final Duration WARM_UP = Duration.ofSeconds(8);
  private static final Duration MEASURED = Duration.ofSeconds(8);
  private static final List<String> FUNCTIONS =
      IntStream.range(0, 10).mapToObj(i -> UUID.randomUUID().toString()).toList();

  private static final Duration PATIENCE = Duration.ofMinutes(1);
  private static final String API = "00000000-0000-4000-8000-000000000001";

  @TempDir Path folder;

  @ParameterizedTest
  @EnumSource
  void recordsOfManyClients(DatabaseKind kind) throws Exception {
    try (var test = TestDatabase.migrated(kind);
        var pool = pool(kind == DatabaseKind.H2 ? onDisk() : test.url())) {
      var database = new Database(pool);
      for (var function : FUNCTIONS) {
        database.execute(
            "INSERT INTO functions (id, project_id, code) VALUES (?, 'p', '{}')", function);
      }
      try (var journal =
          new Journal(
              new JournalWriter(database, kind == DatabaseKind.H2, Clock.systemUTC(), () -> API))) {
        measure(
            kind + ", synchronous: one insert each",
            kind == DatabaseKind.MARIADB ? ">= 2000/s" : "",
            execution -> {
              journal.beginSoon(execution);
              journal.end(execution, end(), PATIENCE);
            });
        measure(
            kind + ", asynchronous: an insert, then an update",
            "",
            execution -> {
              journal.begin(execution);
              journal.end(execution, end(), PATIENCE);
            });
      }
    }
  }

  /** In memory nothing would wait for a disk. */
  private DatabaseUrl onDisk() {
    var url = DatabaseUrl.parse("h2:///" + folder.resolve("bench"));
    new Schema(url).migrate();
    return url;
  }

  private static AgroalDataSource pool(DatabaseUrl url) throws SQLException {
    return AgroalDataSource.from(
        new AgroalDataSourceConfigurationSupplier()
            .connectionPoolConfiguration(pool ->
                pool.maxSize(8)
                    .connectionFactoryConfiguration(factory ->
                        factory
                            .jdbcUrl(url.jdbc())
                            .principal(new NamePrincipal(url.user()))
                            .credential(new SimplePassword(url.password())))));
  }

  private static void measure(String what, String wanted, Consumer<ExecutionRecord> record) {
    run(WARM_UP, record);
    long started = System.nanoTime();
    long done = run(MEASURED, record);
    double seconds = (System.nanoTime() - started) / 1e9;
    System.out.printf(
        Locale.ROOT,
        "  %-55s %6.0f/s, %5.1f ms each %s%n",
        what,
        done / seconds,
        CLIENTS * seconds * 1000 / done,
        wanted);
  }

  private static long run(Duration time, Consumer<ExecutionRecord> record) {
    var done = new LongAdder();
    long end = System.nanoTime() + time.toNanos();
    try (var clients = Executors.newVirtualThreadPerTaskExecutor()) {
      for (int i = 0; i < CLIENTS; i++) {
        var function = FUNCTIONS.get(i % FUNCTIONS.size());
        clients.execute(() -> {
          while (System.nanoTime() < end) {
            record.accept(execution(function));
            done.increment();
          }
        });
      }
    }
    return done.sum();
  }

  private static ExecutionRecord execution(String function) {
    return new ExecutionRecord(
        UUID.randomUUID().toString(),
        "p",
        null,
        function,
        0,
        ExecutionStatus.RUNNING,
        true,
        "{\"name\": \"bench\"}",
        null,
        null,
        1,
        null,
        Instant.now(),
        null);
  }

  private static ExecutionEnd end() {
    return new ExecutionEnd(
        ExecutionStatus.SUCCESS,
        "{\"duration\": 0.001, \"output\": {\"hello\": \"bench\"}}",
        "a line of a log\n",
        null,
        Instant.now());
  }
}
