// SPDX-License-Identifier: Apache-2.0
package io.qinling.api.runtime;

import java.util.Optional;

/** What a client says of a runtime to be made. */
record NewRuntime(
    Optional<String> id,
    Optional<String> name,
    Optional<String> description,
    String image,
    boolean isPublic,
    boolean trusted) {}
