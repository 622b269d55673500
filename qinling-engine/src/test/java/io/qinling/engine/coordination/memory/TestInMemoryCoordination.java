// SPDX-License-Identifier: Apache-2.0
package io.qinling.engine.coordination.memory;

import io.qinling.engine.coordination.Coordination;
import io.qinling.engine.coordination.CoordinationContract;

class TestInMemoryCoordination extends CoordinationContract {
  @Override
  protected Coordination coordination() {
    return new InMemoryCoordination();
  }
}
