// SPDX-License-Identifier: Apache-2.0
package io.qinling.api.job;

import io.qinling.api.database.DatabaseKind;

class TestJobScheduler extends JobSchedulerContract {
  TestJobScheduler() {
    super(DatabaseKind.H2);
  }
}
