// SPDX-License-Identifier: Apache-2.0
package io.qinling.check;

import java.util.regex.Pattern;

/**
 * What was found of one thing.
 *
 * @param subject what was looked at, in a word or two
 * @param text a sentence for the operator, which names the option to correct; never holds a secret,
 *     so that user and password are taken out of addresses
 */
public record Outcome(String subject, Verdict verdict, String text) {
  private static final Pattern CREDENTIALS = Pattern.compile("(?<=://)\\S*@");

  public Outcome {
    text = CREDENTIALS.matcher(text).replaceAll("...@");
  }

  /** How good it is. */
  public enum Verdict {
    OK,
    /** The service works, but not as it should. */
    WARNING,
    /** The service does not work. */
    FAILED,
    /** There is nothing to look at. */
    NOT_CONFIGURED;

    /** As people read it. */
    String label() {
      return this == NOT_CONFIGURED ? "not configured" : name();
    }
  }

  public static Outcome ok(String subject, String text) {
    return new Outcome(subject, Verdict.OK, text);
  }

  public static Outcome warning(String subject, String text) {
    return new Outcome(subject, Verdict.WARNING, text);
  }

  public static Outcome failed(String subject, String text) {
    return new Outcome(subject, Verdict.FAILED, text);
  }

  public static Outcome notConfigured(String subject, String text) {
    return new Outcome(subject, Verdict.NOT_CONFIGURED, text);
  }
}
