// SPDX-License-Identifier: Apache-2.0
package io.qinling.api.runtime;

import io.qinling.api.database.DatabaseKind;
import org.junit.jupiter.api.Nested;

class RuntimeStoreIT {
  @Nested
  class OnMariaDb extends RuntimeStoreContract {
    OnMariaDb() {
      super(DatabaseKind.MARIADB);
    }
  }

  @Nested
  class OnPostgreSql extends RuntimeStoreContract {
    OnPostgreSql() {
      super(DatabaseKind.POSTGRESQL);
    }
  }
}
