// SPDX-License-Identifier: Apache-2.0
package io.qinling.api.job;

import io.qinling.api.database.DatabaseKind;
import org.junit.jupiter.api.Nested;

class JobSchedulerIT {
  @Nested
  class OnMariaDb extends JobSchedulerContract {
    OnMariaDb() {
      super(DatabaseKind.MARIADB);
    }
  }

  @Nested
  class OnPostgreSql extends JobSchedulerContract {
    OnPostgreSql() {
      super(DatabaseKind.POSTGRESQL);
    }
  }
}
