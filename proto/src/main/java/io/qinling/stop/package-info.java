// SPDX-License-Identifier: Apache-2.0
/** How long the stop of a service may take. Called by both at the begin of it. */
package io.qinling.stop;
