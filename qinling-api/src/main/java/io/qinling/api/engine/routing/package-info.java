// SPDX-License-Identifier: Apache-2.0
/**
 * Which of several engines is asked for what, and what happens when it does not answer. Everything
 * else sees one {@link io.qinling.api.engine.Engine}, made here.
 */
package io.qinling.api.engine.routing;
