// SPDX-License-Identifier: Apache-2.0
package io.qinling.engine.placement;

import io.qinling.engine.coordination.Assignment;
import io.qinling.engine.coordination.Coordination;
import io.qinling.engine.coordination.Ownership;
import io.qinling.engine.function.FunctionKey;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** A coordination whose answers a test chooses. */
final class FakeCoordination implements Coordination {
  final List<FunctionKey> given = new ArrayList<>();
  long session = 1;
  String owner;
  RuntimeException failure;
  int asked;
  int provisioned;

  @Override
  public long session() {
    return session;
  }

  @Override
  public Ownership own(FunctionKey function) {
    asked++;
    if (failure != null) {
      throw failure;
    }
    return owner == null ? new Ownership.Owned(session) : new Ownership.OwnedByAnother(owner);
  }

  @Override
  public Optional<String> ownerElsewhere(FunctionKey function) {
    return Optional.ofNullable(owner);
  }

  @Override
  public void disown(FunctionKey function) {
    given.add(function);
  }

  @Override
  public void listen(Listener listener) {}

  @Override
  public void start() {}

  @Override
  public void drain() {}

  @Override
  public boolean assign(Assignment assignment) {
    throw new AssertionError("Placements do not assign");
  }

  @Override
  public void unassign(String worker, FunctionKey function) {
    throw new AssertionError("Placements do not unassign");
  }

  @Override
  public List<Assignment> assigned(FunctionKey function) {
    throw new AssertionError("Placements do not look up");
  }

  @Override
  public int provisioned(FunctionKey function) {
    return provisioned;
  }

  @Override
  public void provision(FunctionKey function, int workers) {
    provisioned = workers;
  }

  @Override
  public void close() {}
}
