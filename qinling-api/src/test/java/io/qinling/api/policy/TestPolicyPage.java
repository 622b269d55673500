// SPDX-License-Identifier: Apache-2.0
package io.qinling.api.policy;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class TestPolicyPage {
  /** Writes the page instead of comparing it. */
  private static final String WRITE = "policies.write";

  private static final Path PAGE = Path.of("..", "docs", "policies.md");

  @Test
  void thePageSaysWhatTheCodeDoes() throws IOException {
    if (Boolean.getBoolean(WRITE)) {
      Files.createDirectories(PAGE.getParent());
      Files.writeString(PAGE, PolicyPage.text());
    }
    assertThat(PAGE)
        .as("docs/policies.md; run this test with -D%s=true to write it anew", WRITE)
        .hasContent(PolicyPage.text());
  }
}
