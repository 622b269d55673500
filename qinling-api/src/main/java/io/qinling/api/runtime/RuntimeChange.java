// SPDX-License-Identifier: Apache-2.0
package io.qinling.api.runtime;

import java.util.Optional;

/** What a client wants changed of a runtime; what is empty stays. */
record RuntimeChange(
    Optional<String> name,
    Optional<String> description,
    Optional<String> image,
    Optional<Boolean> isPublic) {}
