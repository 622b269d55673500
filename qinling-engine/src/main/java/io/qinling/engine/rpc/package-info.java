// SPDX-License-Identifier: Apache-2.0
/** The gRPC edge: decodes a request, calls one method, encodes the answer. */
package io.qinling.engine.rpc;
