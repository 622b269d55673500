// SPDX-License-Identifier: Apache-2.0
/** Packages in a folder of this host. */
package io.qinling.engine.storage.local;
