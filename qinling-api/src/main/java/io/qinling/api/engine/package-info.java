// SPDX-License-Identifier: Apache-2.0
/** The client side of the gRPC contract with the engine. */
package io.qinling.api.engine;
