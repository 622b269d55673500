// SPDX-License-Identifier: Apache-2.0
/**
 * The rule language of oslo.policy: texts become expressions, and expressions whose references are
 * resolved become checks. Called by the package above only.
 */
package io.qinling.api.policy.language;
