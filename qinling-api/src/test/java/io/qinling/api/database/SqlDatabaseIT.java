// SPDX-License-Identifier: Apache-2.0
package io.qinling.api.database;

import org.junit.jupiter.api.Nested;

class SqlDatabaseIT {
  @Nested
  class OnMariaDb extends DatabaseContract {
    OnMariaDb() {
      super(DatabaseKind.MARIADB);
    }
  }

  @Nested
  class OnPostgreSql extends DatabaseContract {
    OnPostgreSql() {
      super(DatabaseKind.POSTGRESQL);
    }
  }
}
