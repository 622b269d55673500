// SPDX-License-Identifier: Apache-2.0
/**
 * Workers as pods of a Kubernetes cluster. A pool is a Deployment; informers tell what its pods do,
 * and everything that a worker needs is done while it waits in its pool, so that a claim is one
 * request.
 */
package io.qinling.engine.orchestrator.kubernetes;
