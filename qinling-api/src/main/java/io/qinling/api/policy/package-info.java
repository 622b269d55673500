/**
 * Which caller may do what: the rules of oslo.policy, from code and from the operator's files.
 * Called by the services of every feature.
 */
package io.qinling.api.policy;
