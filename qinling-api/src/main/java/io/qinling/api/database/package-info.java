// SPDX-License-Identifier: Apache-2.0
/** Access to the SQL database for the stores of every feature. */
package io.qinling.api.database;
