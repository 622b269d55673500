// SPDX-License-Identifier: Apache-2.0
/**
 * Coordination of several engines by etcd. The keys are those of {@link io.qinling.etcd.Keys}; an
 * engine's session is a lease, with which its registration and all it owns goes.
 */
package io.qinling.engine.coordination.etcd;
