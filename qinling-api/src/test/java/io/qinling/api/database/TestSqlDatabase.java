// SPDX-License-Identifier: Apache-2.0
package io.qinling.api.database;

class TestSqlDatabase extends DatabaseContract {
  TestSqlDatabase() {
    super(DatabaseKind.H2);
  }
}
