// SPDX-License-Identifier: Apache-2.0
/**
 * Packages in the folders of several engines, each on two of them where there are two; etcd knows
 * who keeps which. Deleted packages of an engine that was away stay there: they take space, and
 * that is all, since nobody asks for them.
 */
package io.qinling.engine.storage.replicated;
