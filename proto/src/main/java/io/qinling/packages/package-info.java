// SPDX-License-Identifier: Apache-2.0
/** How packages go to an engine, from qinling-api or from another engine. */
package io.qinling.packages;
