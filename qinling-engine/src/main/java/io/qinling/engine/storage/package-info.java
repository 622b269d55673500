// SPDX-License-Identifier: Apache-2.0
/**
 * The plug-in point for where function packages are kept. Called by placement when a worker is
 * loaded and by the gRPC edge when a package comes or goes.
 */
package io.qinling.engine.storage;
