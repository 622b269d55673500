// SPDX-License-Identifier: Apache-2.0
package io.qinling.api.job;

import io.qinling.error.ErrorCode;
import io.qinling.error.QinlingException;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalTime;
import java.time.MonthDay;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeFormatterBuilder;
import java.time.format.ResolverStyle;
import java.time.temporal.ChronoField;
import java.time.temporal.ChronoUnit;
import java.time.temporal.TemporalAccessor;
import java.time.temporal.TemporalQueries;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * Times as people and Python programs write them: a date, a time of day or both, in the order year,
 * month, day, or month, day, year, or with the month's name. What has no offset is UTC; what has no
 * date is today, what has no time of day is midnight.
 */
final class LenientTime {
  private static final int LONGEST = 64;
  private static final int LAST_YEAR = 9999;

  private static final String MONTH_NAME = "[MMMM][MMM]";
  private static final String DAY_NAME = "[EEEE[','][' ']][EEE[','][' ']]";
  private static final String DAY_NUMBER = "d['st']['nd']['rd']['th']";

  private static final List<String> DATES =
      List.of(
          "uuuu-M-d",
          "uuuu/M/d",
          "uuuu.M.d",
          "uuuuMMdd",
          "M/d/uuuu",
          DAY_NAME + DAY_NUMBER + "[' ']['-']" + MONTH_NAME + "['.'][','][' ']['-']uuuu",
          DAY_NAME + MONTH_NAME + "['.'] " + DAY_NUMBER + "[','] uuuu",
          DAY_NUMBER + " " + MONTH_NAME,
          MONTH_NAME + " " + DAY_NUMBER);
  private static final List<String> TIMES = List.of("H:mm[:ss]", "h[:mm[:ss]][' ']a");
  private static final String AFTER_DATE = "[','][' ']['T']['at ']";

  /** Only so: a year and an offset would look the same. */
  private static final String COMPACT = "uuuuMMdd'T'HHmm[ss]";

  /** As the C library prints times. */
  private static final String TIME_BEFORE_YEAR = "EEE MMM d HH:mm:ss[' UTC'] uuuu";

  private static final List<DateTimeFormatter> FORMATS = formats();

  private LenientTime() {}

  /**
   * Reads a time, exact to the microsecond, as databases are.
   *
   * @throws QinlingException INVALID_INPUT when it is not understood
   */
  static Instant parse(String text, Instant now) {
    var normal = text.length() > LONGEST ? "" : text.strip().replaceAll("\\s+", " ");
    return FORMATS.stream()
        .flatMap(format -> parse(format, normal, now).stream())
        .findFirst()
        .filter(time -> time.getYear() <= LAST_YEAR)
        .map(time -> time.toInstant().truncatedTo(ChronoUnit.MICROS))
        .orElseThrow(
            () -> new QinlingException(ErrorCode.INVALID_INPUT, "The time is not understood"));
  }

  private static Optional<OffsetDateTime> parse(
      DateTimeFormatter format, String text, Instant now) {
    try {
      var parsed = format.parse(text);
      var time = parsed.query(TemporalQueries.localTime());
      var offset = parsed.query(TemporalQueries.offset());
      return Optional.of(
          OffsetDateTime.of(
              date(parsed, LocalDate.ofInstant(now, ZoneOffset.UTC)),
              time == null ? LocalTime.MIDNIGHT : time,
              offset == null ? ZoneOffset.UTC : offset));
    } catch (DateTimeException otherFormat) {
      return Optional.empty();
    }
  }

  private static LocalDate date(TemporalAccessor parsed, LocalDate today) {
    var date = parsed.query(TemporalQueries.localDate());
    if (date != null) {
      return date;
    }
    return parsed.isSupported(ChronoField.MONTH_OF_YEAR)
        ? MonthDay.from(parsed).atYear(today.getYear())
        : today;
  }

  private static List<DateTimeFormatter> formats() {
    var formats = new ArrayList<DateTimeFormatter>();
    formats.add(builder().appendPattern(TIME_BEFORE_YEAR).toFormatter(Locale.ENGLISH));
    for (var date : DATES) {
      formats.add(builder().appendPattern(date).toFormatter(Locale.ENGLISH));
      for (var time : TIMES) {
        formats.add(withTime(builder().appendPattern(date + AFTER_DATE), time));
      }
    }
    formats.add(withTime(builder(), COMPACT));
    TIMES.forEach(time -> formats.add(withTime(builder(), time)));
    return formats.stream().map(format -> format.withResolverStyle(ResolverStyle.STRICT)).toList();
  }

  private static DateTimeFormatterBuilder builder() {
    return new DateTimeFormatterBuilder().parseCaseInsensitive();
  }

  private static DateTimeFormatter withTime(DateTimeFormatterBuilder format, String time) {
    return format
        .appendPattern(time)
        .appendPattern("['.'][',']")
        .appendFraction(ChronoField.NANO_OF_SECOND, 0, 9, false)
        .appendPattern("[' '][XXX][XX][X]['UTC']['GMT']")
        .toFormatter(Locale.ENGLISH);
  }
}
