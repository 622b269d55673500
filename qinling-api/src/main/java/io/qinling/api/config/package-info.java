// SPDX-License-Identifier: Apache-2.0
/** The options of the api, and how its parts are put together from them. */
package io.qinling.api.config;
