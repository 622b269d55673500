// SPDX-License-Identifier: Apache-2.0
package io.qinling.check;

import java.util.List;
import java.util.concurrent.Callable;

/**
 * A look at something that the service needs and that may be elsewhere.
 *
 * @param subject for a failure that the look itself does not explain
 * @param look may block; what it throws is a failure
 */
public record Check(String subject, Callable<List<Outcome>> look) {}
