// SPDX-License-Identifier: Apache-2.0
package io.qinling.api.execution;

import io.qinling.api.database.DatabaseKind;
import org.junit.jupiter.api.Nested;

class TakeOverIT {
  @Nested
  class OnMariaDb extends TakeOverContract {
    OnMariaDb() {
      super(DatabaseKind.MARIADB);
    }
  }

  @Nested
  class OnPostgreSql extends TakeOverContract {
    OnPostgreSql() {
      super(DatabaseKind.POSTGRESQL);
    }
  }
}
