// SPDX-License-Identifier: Apache-2.0
/**
 * Links by which workers that have no credentials fetch the package of their function, as those of
 * worker protocol version 1 do.
 */
package io.qinling.engine.download;
