// SPDX-License-Identifier: Apache-2.0
package io.qinling.api.policy.language;

import io.qinling.api.identity.Caller;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/**
 * The right side of a check: text in which {@code %(key)s} stands for a property of the addressed
 * object and {@code %%} for a percent sign. Texts are compared part by part and never put together.
 */
public record Template(List<Part> parts) {
  private static final Pattern SUBSTITUTION = Pattern.compile("%(?:\\((?<key>[^()]*)\\)s|%)");

  public Template {
    parts = List.copyOf(parts);
  }

  /** A piece of a template. */
  public sealed interface Part {
    /** What it stands for, or null if the object has no such property. */
    String text(Caller caller, String ownerProjectId);
  }

  /** Stands for itself. */
  record Plain(String text) implements Part {
    @Override
    public String text(Caller caller, String ownerProjectId) {
      return text;
    }
  }

  /** Properties of objects. */
  public enum ObjectKey implements Part {
    /** The project that owns the object. */
    PROJECT_ID("project_id") {
      @Override
      public String text(Caller caller, String ownerProjectId) {
        return ownerProjectId;
      }
    },
    /**
     * Objects do not record who made them: the users of the owning project count as their makers,
     * others find no such property.
     */
    USER_ID("user_id") {
      @Override
      public String text(Caller caller, String ownerProjectId) {
        return caller.projectId().equals(ownerProjectId)
            ? caller.token().orElseThrow().userId()
            : null;
      }
    },
    /** Any other name. */
    MISSING("") {
      @Override
      public String text(Caller caller, String ownerProjectId) {
        return null;
      }
    };

    private final String key;

    ObjectKey(String key) {
      this.key = key;
    }

    static ObjectKey named(String key) {
      return switch (key) {
        case "project_id" -> PROJECT_ID;
        case "user_id" -> USER_ID;
        default -> MISSING;
      };
    }

    /** The name in rules. */
    public String key() {
      return key;
    }
  }

  /**
   * Takes a text apart.
   *
   * @throws IllegalArgumentException if a percent sign begins neither of the two
   */
  static Template parse(String text) {
    List<Part> parts = new ArrayList<>();
    var plain = new StringBuilder();
    var found = SUBSTITUTION.matcher(text);
    int end = 0;
    while (found.find()) {
      plain.append(withoutPercent(text, end, found.start()));
      end = found.end();
      if (found.group("key") == null) {
        plain.append('%');
      } else {
        flush(plain, parts);
        parts.add(ObjectKey.named(found.group("key")));
      }
    }
    plain.append(withoutPercent(text, end, text.length()));
    flush(plain, parts);
    return new Template(parts);
  }

  private static String withoutPercent(String text, int from, int to) {
    var piece = text.substring(from, to);
    if (piece.contains("%")) {
      throw new IllegalArgumentException(
          "in '" + text + "' a percent sign begins neither %(key)s nor %%");
    }
    return piece;
  }

  private static void flush(StringBuilder plain, List<Part> parts) {
    if (!plain.isEmpty()) {
      parts.add(new Plain(plain.toString()));
      plain.setLength(0);
    }
  }

  /** Whether it can never be equal to anything, since no object has what it asks for. */
  boolean isHopeless() {
    return parts.contains(ObjectKey.MISSING);
  }

  /** Whether it is how the language writes a credential that is not there. */
  boolean isNone() {
    return parts.size() == 1 && parts.getFirst() instanceof Plain(var text) && text.equals("None");
  }

  boolean equals(String value, Caller caller, String ownerProjectId) {
    return matches(false, value, caller, ownerProjectId);
  }

  boolean equalsIgnoreCase(String value, Caller caller, String ownerProjectId) {
    return matches(true, value, caller, ownerProjectId);
  }

  private boolean matches(boolean ignoreCase, String value, Caller caller, String ownerProjectId) {
    int at = 0;
    for (int i = 0; i < parts.size(); i++) {
      var text = parts.get(i).text(caller, ownerProjectId);
      if (text == null || !value.regionMatches(ignoreCase, at, text, 0, text.length())) {
        return false;
      }
      at += text.length();
    }
    return at == value.length();
  }
}
