// SPDX-License-Identifier: Apache-2.0
package io.qinling.api.job;

import static io.qinling.api.job.CronFields.DAY_OF_MONTH;
import static io.qinling.api.job.CronFields.DAY_OF_WEEK;

import com.cronutils.model.definition.CronDefinition;
import com.cronutils.model.definition.CronDefinitionBuilder;
import com.cronutils.model.time.ExecutionTime;
import com.cronutils.parser.CronParser;
import io.qinling.error.ErrorCode;
import io.qinling.error.QinlingException;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/**
 * Times by a cron pattern, in the dialect of Python's croniter, since patterns were written for it:
 * minute, hour, day of month, month, day of week and, if wanted, second. Times are UTC.
 *
 * <p>Alternative days are patterns of their own for the library. It takes a restricted day for an
 * unrestricted one in other cases than croniter, and loses days when the last of a month stands in
 * a list.
 */
final class CronPattern {
  private static final CronParser PARSER = new CronParser(definition());

  /** A Monday, from which on all days of a month and of a week are seen. */
  private static final ZonedDateTime FIRST_OF_MONTH =
      ZonedDateTime.of(2029, 1, 1, 0, 0, 0, 0, ZoneOffset.UTC);

  private static final int MONTH = 31;
  private static final int WEEK = 7;

  private final List<ExecutionTime> alternatives;

  private CronPattern(List<ExecutionTime> alternatives) {
    this.alternatives = alternatives;
  }

  /**
   * @throws QinlingException INVALID_INPUT when this is no pattern
   */
  static CronPattern parse(String text) {
    try {
      var fields = CronFields.of(text);
      if (fields.hasLongSteps()) {
        times(fields.withShortSteps());
      }
      return new CronPattern(times(fields.withoutLongSteps()));
    } catch (RuntimeException refused) {
      throw new QinlingException(
          ErrorCode.INVALID_INPUT, "Invalid pattern: " + refused.getMessage(), refused);
    }
  }

  /** The first time after another one; empty when there never is one. */
  Optional<Instant> next(Instant after) {
    return next(alternatives, after.truncatedTo(ChronoUnit.SECONDS).atZone(ZoneOffset.UTC))
        .map(ZonedDateTime::toInstant);
  }

  private static Optional<ZonedDateTime> next(List<ExecutionTime> times, ZonedDateTime after) {
    return times.stream()
        .flatMap(time -> time.nextExecution(after).stream())
        .min(Comparator.naturalOrder());
  }

  private static List<ExecutionTime> times(CronFields fields) {
    boolean anyDayOfMonth = allows(fields, DAY_OF_MONTH, MONTH);
    boolean anyDayOfWeek = allows(fields, DAY_OF_WEEK, WEEK);
    var times = new ArrayList<ExecutionTime>();
    if (!anyDayOfMonth || anyDayOfWeek) {
      times.addAll(parsed(fields.withAny(DAY_OF_WEEK).split(DAY_OF_MONTH)));
    }
    if (!anyDayOfWeek) {
      times.addAll(parsed(fields.withAny(DAY_OF_MONTH).split(DAY_OF_WEEK)));
    }
    return times;
  }

  /** Whether the field allows each of the first days of a month that begins with a Monday. */
  private static boolean allows(CronFields fields, int field, int days) {
    if (fields.isAny(field)) {
      return true;
    }
    var times = parsed(fields.daysOf(field).split(field));
    for (int day = 0; day < days; day++) {
      var wanted = FIRST_OF_MONTH.plusDays(day);
      if (next(times, wanted.minusDays(1)).filter(wanted::equals).isEmpty()) {
        return false;
      }
    }
    return true;
  }

  private static List<ExecutionTime> parsed(List<CronFields> patterns) {
    return patterns.stream()
        .map(fields -> ExecutionTime.forCron(PARSER.parse(fields.secondsFirst())))
        .toList();
  }

  private static CronDefinition definition() {
    return CronDefinitionBuilder.defineCron()
        .withSeconds()
        .withStrictRange()
        .and()
        .withMinutes()
        .withStrictRange()
        .and()
        .withHours()
        .withStrictRange()
        .and()
        .withDayOfMonth()
        .supportsL()
        .withStrictRange()
        .and()
        .withMonth()
        .withStrictRange()
        .and()
        .withDayOfWeek()
        .withValidRange(0, WEEK)
        .withMondayDoWValue(1)
        .withIntMapping(WEEK, 0)
        .supportsHash()
        .supportsL()
        .withStrictRange()
        .and()
        .instance();
  }
}
