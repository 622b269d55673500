// SPDX-License-Identifier: Apache-2.0
/**
 * The SQL database: its address, its tables and their versions, and access to it for the stores of
 * every feature. Migrations are in {@code db/migration}: {@code common} for SQL that every database
 * understands, and a folder for each of them.
 */
package io.qinling.api.database;
