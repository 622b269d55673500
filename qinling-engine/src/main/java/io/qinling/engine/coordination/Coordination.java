// SPDX-License-Identifier: Apache-2.0
package io.qinling.engine.coordination;

import io.qinling.engine.function.FunctionKey;
import io.qinling.error.QinlingException;
import java.util.List;
import java.util.Optional;

/**
 * What all engines of a deployment agree on. Every change is a compare-and-swap, so that two
 * engines never serve one function version and no worker ever serves two. Implementations are safe
 * for use by any thread. Methods block, and throw a {@link QinlingException} UNAVAILABLE when the
 * others cannot be asked; the exception is {@link #session}, the only one on the path of a warm
 * call.
 */
public interface Coordination extends AutoCloseable {
  /** There is no session: nothing may be served. */
  long NO_SESSION = 0;

  /**
   * The session in which this engine owns what it owns, or {@link #NO_SESSION} when it cannot prove
   * any more that the session lasts. Reads memory only.
   */
  long session();

  /** Takes a function version, unless another engine has it. */
  Ownership own(FunctionKey function);

  /**
   * The address of another engine that owns a function version; empty when none does, or it is not
   * known where.
   */
  Optional<String> ownerElsewhere(FunctionKey function);

  /**
   * Gives a function version up, so that another engine can have it at once; does nothing for one
   * that is not owned.
   */
  void disown(FunctionKey function);

  /** Sets who is told of changes. To be called once, before {@link #start}. */
  void listen(Listener listener);

  /** Makes this engine known to the others, now or as soon as they can be told. */
  void start();

  /** Tells the others that this engine takes nothing new. */
  void drain();

  /**
   * Takes a free worker for a function version that this engine owns.
   *
   * @return false when the worker is already taken, by whomever
   */
  boolean assign(Assignment assignment);

  /** Forgets a worker that is gone; does nothing for one that is not assigned. */
  void unassign(String worker, FunctionKey function);

  /** The workers assigned to a function version, in no order. */
  List<Assignment> assigned(FunctionKey function);

  /** How many workers a function version is to have even when nobody calls it. */
  int provisioned(FunctionKey function);

  /** Sets what {@link #provisioned} tells, to this engine and to later owners. */
  void provision(FunctionKey function, int workers);

  /** Ends the session; what this engine owned is free. */
  @Override
  void close();

  /** Is told, on a thread of the coordination, what happened to ownership. Must not block. */
  interface Listener {
    /** A session has begun: what was owned in an earlier one must be owned anew. */
    void sessionBegan();

    /** A function version may be owned by somebody else or by nobody, though nobody gave it up. */
    void ownershipChanged(FunctionKey function);
  }
}
