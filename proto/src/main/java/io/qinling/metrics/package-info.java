// SPDX-License-Identifier: Apache-2.0
/** What the metrics of both services have in common. Called by the configuration of each. */
package io.qinling.metrics;
