// SPDX-License-Identifier: Apache-2.0
/**
 * What all resources share at the HTTP edge: decoding of bodies and queries, encoding of answers
 * and errors, routing rules. Called by the resources of every feature.
 */
package io.qinling.api.http;
