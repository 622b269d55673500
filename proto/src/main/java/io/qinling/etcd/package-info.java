// SPDX-License-Identifier: Apache-2.0
/**
 * How the services use etcd: the section {@code [etcd]}, the connection, and the keys and values
 * that engines write and api processes read. Nothing here is on the path of a warm call.
 */
package io.qinling.etcd;
