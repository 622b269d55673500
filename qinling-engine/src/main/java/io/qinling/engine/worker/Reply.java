// SPDX-License-Identifier: Apache-2.0
package io.qinling.engine.worker;

/** What a worker answered: an HTTP status and a body. */
record Reply(int status, byte[] body) {}
