// SPDX-License-Identifier: Apache-2.0
/** Coordination of a single engine, in its own memory. */
package io.qinling.engine.coordination.memory;
