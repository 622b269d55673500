// SPDX-License-Identifier: Apache-2.0
package io.qinling.api.policy.language;

import io.qinling.api.identity.Caller;
import java.util.List;

/** A rule that is ready to be asked. Immutable; asking allocates nothing. */
public sealed interface Check {
  /**
   * Whether a caller passes.
   *
   * @param caller one with a token
   * @param ownerProjectId project of the object that the caller addresses
   */
  boolean holds(Caller caller, String ownerProjectId);

  /** {@code @} and {@code !}. */
  record Constant(boolean value) implements Check {
    /** Everyone passes. */
    public static final Constant ALLOW = new Constant(true);

    /** Nobody passes. */
    public static final Constant DENY = new Constant(false);

    @Override
    public boolean holds(Caller caller, String ownerProjectId) {
      return value;
    }
  }

  /** {@code role:NAME}, in any case. */
  record HasRole(Template name) implements Check {
    @Override
    public boolean holds(Caller caller, String ownerProjectId) {
      var roles = caller.token().orElseThrow().roles();
      for (int i = 0; i < roles.size(); i++) {
        if (name.equalsIgnoreCase(roles.get(i), caller, ownerProjectId)) {
          return true;
        }
      }
      return false;
    }
  }

  /** {@code KEY:VALUE} of a credential with one value. */
  record HasText(Credential.Text credential, Template value) implements Check {
    @Override
    public boolean holds(Caller caller, String ownerProjectId) {
      var text = credential.of(caller.token().orElseThrow());
      return text == null ? value.isNone() : value.equals(text, caller, ownerProjectId);
    }
  }

  /** {@code KEY:VALUE} of a credential with many values, of which one must be equal. */
  record HasElement(Credential.Elements credential, Template value) implements Check {
    @Override
    public boolean holds(Caller caller, String ownerProjectId) {
      var elements = credential.of(caller.token().orElseThrow());
      for (int i = 0; i < elements.size(); i++) {
        if (value.equals(elements.get(i), caller, ownerProjectId)) {
          return true;
        }
      }
      return false;
    }
  }

  /** {@code 'TEXT':VALUE}, which asks the object alone. */
  record IsLiteral(String text, Template value) implements Check {
    @Override
    public boolean holds(Caller caller, String ownerProjectId) {
      return value.equals(text, caller, ownerProjectId);
    }
  }

  /** {@code A and B}. */
  record All(List<Check> checks) implements Check {
    public All {
      checks = List.copyOf(checks);
    }

    @Override
    public boolean holds(Caller caller, String ownerProjectId) {
      for (int i = 0; i < checks.size(); i++) {
        if (!checks.get(i).holds(caller, ownerProjectId)) {
          return false;
        }
      }
      return true;
    }
  }

  /** {@code A or B}. */
  record Any(List<Check> checks) implements Check {
    public Any {
      checks = List.copyOf(checks);
    }

    @Override
    public boolean holds(Caller caller, String ownerProjectId) {
      for (int i = 0; i < checks.size(); i++) {
        if (checks.get(i).holds(caller, ownerProjectId)) {
          return true;
        }
      }
      return false;
    }
  }

  /** {@code not A}. */
  record Not(Check check) implements Check {
    @Override
    public boolean holds(Caller caller, String ownerProjectId) {
      return !check.holds(caller, ownerProjectId);
    }
  }
}
