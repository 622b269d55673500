// SPDX-License-Identifier: Apache-2.0
package io.qinling.api.job;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * The fields of a cron pattern as texts, in upper case: minute, hour, day of month, month, day of
 * week, second. What a text means is the library's to say; here is what must be so before that.
 */
record CronFields(List<String> texts) {
  static final int DAY_OF_MONTH = 2;
  static final int DAY_OF_WEEK = 4;
  private static final int SECOND = 5;
  private static final String ANY = "*";
  private static final String LAST_DAY = "L";
  private static final String AT_FULL_MINUTES = "0";

  private static final Map<String, String> NICKNAMES =
      Map.of(
          "@MIDNIGHT", "0 0 * * *",
          "@HOURLY", "0 * * * *",
          "@DAILY", "0 0 * * *",
          "@WEEKLY", "0 0 * * 0",
          "@MONTHLY", "0 0 1 * *",
          "@YEARLY", "0 0 1 1 *",
          "@ANNUALLY", "0 0 1 1 *");

  /** An item of a list. The library would take more for one, and misunderstand it. */
  private static final Pattern ITEM =
      Pattern.compile(
          "(\\*|[0-9]+|[A-Z]{3})(-([0-9]+|[A-Z]{3}))?(/[0-9]+)?"
              + "|L[0-7]|(0?[0-7]|[A-Z]{3})#[1-5]");

  private static final Pattern STEP = Pattern.compile("([^,/-]+)([^,/]*)/0*([0-9]+)");
  private static final List<Integer> FIRST = List.of(0, 0, 1, 1, 0, 0);
  private static final List<Integer> LONGEST_STEP = List.of(59, 23, 31, 12, 6, 59);

  private static final List<String> WEEK = List.of("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT");
  private static final Pattern UNTIL_SUNDAY = Pattern.compile("([1-7])-0(?![0-9])");
  private static final Pattern LAST_OF_MONTH = Pattern.compile("L([0-7])");
  private static final Pattern FROM_SEVEN_ON = Pattern.compile("(?<![0-9-])0*7/[0-9]+");

  /**
   * @throws IllegalArgumentException when this is no pattern
   */
  static CronFields of(String pattern) {
    var upper = pattern.strip().toUpperCase(Locale.ROOT);
    var texts = List.of(NICKNAMES.getOrDefault(upper, upper).split("\\s+"));
    if (texts.size() < SECOND || texts.size() > SECOND + 1) {
      throw new IllegalArgumentException("It must have 5 fields, or 6 with seconds");
    }
    for (int field = 0; field < texts.size(); field++) {
      requireItems(texts.get(field), field == DAY_OF_MONTH);
    }
    var all =
        texts.size() > SECOND
            ? texts
            : Stream.concat(texts.stream(), Stream.of(AT_FULL_MINUTES)).toList();
    return new CronFields(with(all, DAY_OF_WEEK, weekOfNumbers(texts.get(DAY_OF_WEEK))));
  }

  /**
   * A week begins with Sunday as 0 and ends with it as 7; for the library it is 7 by name. Its last
   * Friday is L5, for the library 5L.
   */
  private static String weekOfNumbers(String field) {
    var numbers = field;
    for (int day = 0; day < WEEK.size(); day++) {
      numbers = numbers.replace(WEEK.get(day), Integer.toString(day));
    }
    numbers = UNTIL_SUNDAY.matcher(numbers).replaceAll("$1-7");
    numbers = LAST_OF_MONTH.matcher(numbers).replaceAll("$1L");
    return FROM_SEVEN_ON.matcher(numbers).replaceAll("7");
  }

  private static void requireItems(String list, boolean allowsLast) {
    for (var item : items(list)) {
      if (!ITEM.matcher(item).matches() && !(allowsLast && item.equals(LAST_DAY))) {
        throw new IllegalArgumentException("Not understood: " + item);
      }
    }
  }

  private static List<String> items(String list) {
    return List.of(list.split(",", -1));
  }

  private static List<String> with(List<String> texts, int field, String text) {
    var changed = new ArrayList<>(texts);
    changed.set(field, text);
    return changed;
  }

  boolean isAny(int field) {
    return texts.get(field).equals(ANY);
  }

  /** The same pattern for each item of a list in this field. */
  List<CronFields> split(int field) {
    return items(texts.get(field)).stream()
        .map(item -> new CronFields(with(texts, field, item)))
        .toList();
  }

  CronFields withAny(int field) {
    return new CronFields(with(texts, field, ANY));
  }

  /** At midnight of each day that this field allows by itself. */
  CronFields daysOf(int field) {
    return new CronFields(with(List.of("0", "0", ANY, ANY, ANY, "0"), field, texts.get(field)));
  }

  /** Whether a step goes beyond the range of its field, which leaves the first value alone. */
  boolean hasLongSteps() {
    return !equals(withoutLongSteps());
  }

  /** The same times without such steps, which the library refuses. */
  CronFields withoutLongSteps() {
    return withLongSteps((field, step) -> {
      var first = step.group(1).equals(ANY) ? FIRST.get(field).toString() : step.group(1);
      return first + "-" + first;
    });
  }

  /** Other times, but refused by the library for all but such steps. */
  CronFields withShortSteps() {
    return withLongSteps((field, step) -> step.group(1) + step.group(2) + "/1");
  }

  private interface StepChange {
    String apply(int field, MatchResult step);
  }

  private CronFields withLongSteps(StepChange change) {
    var changed = new ArrayList<String>();
    for (int field = 0; field < texts.size(); field++) {
      int index = field;
      changed.add(
          STEP.matcher(texts.get(field))
              .replaceAll(
                  step -> isLong(step.group(3), index) ? change.apply(index, step) : step.group()));
    }
    return new CronFields(changed);
  }

  private static boolean isLong(String step, int field) {
    return step.length() > 2 || Integer.parseInt(step) > LONGEST_STEP.get(field);
  }

  /** In the order of the library, which has seconds first. */
  String secondsFirst() {
    return texts.get(SECOND) + " " + String.join(" ", texts.subList(0, SECOND));
  }
}
