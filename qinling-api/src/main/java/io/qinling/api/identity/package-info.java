// SPDX-License-Identifier: Apache-2.0
/** Who calls, and what that caller may see. */
package io.qinling.api.identity;
