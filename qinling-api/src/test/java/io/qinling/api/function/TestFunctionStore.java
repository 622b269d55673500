// SPDX-License-Identifier: Apache-2.0
package io.qinling.api.function;

import io.qinling.api.database.DatabaseKind;

class TestFunctionStore extends FunctionStoreContract {
  TestFunctionStore() {
    super(DatabaseKind.H2);
  }
}
