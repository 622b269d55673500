// SPDX-License-Identifier: Apache-2.0
/**
 * How the services prove to each other who they are: a secret that both read from {@code [engine]
 * secret}. Used only by the code that makes channels and servers.
 */
package io.qinling.credentials;
