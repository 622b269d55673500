// SPDX-License-Identifier: Apache-2.0
package io.qinling.api.execution;

import io.qinling.api.database.DatabaseKind;
import org.junit.jupiter.api.Nested;

class SeveralProcessesIT {
  @Nested
  class OnMariaDb extends SeveralProcessesContract {
    OnMariaDb() {
      super(DatabaseKind.MARIADB);
    }
  }

  @Nested
  class OnPostgreSql extends SeveralProcessesContract {
    OnPostgreSql() {
      super(DatabaseKind.POSTGRESQL);
    }
  }
}
