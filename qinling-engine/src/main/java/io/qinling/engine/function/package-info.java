// SPDX-License-Identifier: Apache-2.0
/** What is run: function versions as the engine knows them. Values only, used everywhere. */
package io.qinling.engine.function;
