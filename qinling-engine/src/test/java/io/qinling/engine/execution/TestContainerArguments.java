// SPDX-License-Identifier: Apache-2.0
package io.qinling.engine.execution;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class TestContainerArguments {
  @Test
  void withoutInputTheImageHasItsOwnArguments() {
    for (var none : List.of("", "null", "{}", "{\"__function_input\": \" \"}")) {
      assertThat(arguments(none)).isEmpty();
    }
  }

  @Test
  void aTextIsSplitAtItsBlanks() {
    assertThat(arguments("{\"__function_input\": \" --name  Qin\\tling \"}"))
        .containsExactly("--name", "Qin", "ling");
    assertThat(arguments("{\"__function_input\": \"6\"}")).containsExactly("6");
  }

  @Test
  void theElementsOfAnArrayAreAnArgumentEach() {
    assertThat(
            arguments("{\"__function_input\": \"[\\\"a b\\\", 1, null, {\\\"k\\\": \\\"v\\\"}]\"}"))
        .containsExactly("a b", "1", "null", "{\"k\":\"v\"}");
  }

  @Test
  void whatOnlyLooksLikeAnArrayIsAText() {
    assertThat(arguments("{\"__function_input\": \"[a b\"}")).containsExactly("[a", "b");
    assertThat(arguments("{\"__function_input\": \"[1] 2\"}")).containsExactly("[1]", "2");
  }

  @Test
  void anObjectIsOneArgumentOfJson() {
    assertThat(arguments("{\"quoted\": \"\\\"$(x)\\n\", \"n\": 1}"))
        .containsExactly("{\"quoted\":\"\\\"$(x)\\n\",\"n\":1}");
  }

  private static List<String> arguments(String inputJson) {
    return ContainerArguments.of(inputJson.getBytes(UTF_8));
  }
}
