// SPDX-License-Identifier: Apache-2.0
package io.qinling.api.function;

import io.qinling.api.database.DatabaseKind;
import org.junit.jupiter.api.Nested;

class FunctionStoreIT {
  @Nested
  class OnMariaDb extends FunctionStoreContract {
    OnMariaDb() {
      super(DatabaseKind.MARIADB);
    }
  }

  @Nested
  class OnPostgreSql extends FunctionStoreContract {
    OnPostgreSql() {
      super(DatabaseKind.POSTGRESQL);
    }
  }
}
