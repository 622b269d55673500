// SPDX-License-Identifier: Apache-2.0
/**
 * What operators should know before it hurts: settings that are unsafe or impossible, said at every
 * start, and the command {@code check} of both services, which also tries what they depend on.
 * Serves nothing, changes nothing, and shows no secret.
 */
package io.qinling.check;
