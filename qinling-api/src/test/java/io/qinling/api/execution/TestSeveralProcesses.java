// SPDX-License-Identifier: Apache-2.0
package io.qinling.api.execution;

import io.qinling.api.database.DatabaseKind;

class TestSeveralProcesses extends SeveralProcessesContract {
  TestSeveralProcesses() {
    super(DatabaseKind.H2);
  }
}
