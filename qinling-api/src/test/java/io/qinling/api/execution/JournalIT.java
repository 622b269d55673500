// SPDX-License-Identifier: Apache-2.0
package io.qinling.api.execution;

import io.qinling.api.database.DatabaseKind;
import org.junit.jupiter.api.Nested;

class JournalIT {
  @Nested
  class OnMariaDb extends JournalContract {
    OnMariaDb() {
      super(DatabaseKind.MARIADB);
    }
  }

  @Nested
  class OnPostgreSql extends JournalContract {
    OnPostgreSql() {
      super(DatabaseKind.POSTGRESQL);
    }
  }
}
