// SPDX-License-Identifier: Apache-2.0
/**
 * Reads the operator's {@code qinling.conf} (oslo.config INI) and offers it to MicroProfile Config
 * as {@code qinling.<section>.<key>}. A service's {@code main} calls {@link
 * io.qinling.conf.ConfArguments}, its start code reports what {@link
 * io.qinling.conf.ConfVocabulary} finds; everything else reads {@code @ConfigMapping} interfaces.
 */
package io.qinling.conf;
