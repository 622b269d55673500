// SPDX-License-Identifier: Apache-2.0
/**
 * Everything that is asked of Keystone and, with what it says, of Swift: who a token belongs to,
 * trusts, the catalogue. The service's password does not leave this package. Put together by the
 * configuration; everything else knows the interfaces of {@link io.qinling.api.identity}.
 */
package io.qinling.api.keystone;
