// SPDX-License-Identifier: Apache-2.0
package io.qinling.api.runtime;

import io.qinling.api.database.DatabaseKind;

class TestRuntimeStore extends RuntimeStoreContract {
  TestRuntimeStore() {
    super(DatabaseKind.H2);
  }
}
