// SPDX-License-Identifier: Apache-2.0
package io.qinling.conf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.ConfigMapping.NamingStrategy;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TestConfVocabulary {
  @TempDir Path folder;
  private final ConfVocabulary vocabulary = ConfVocabulary.load();

  @ConfigMapping(prefix = "qinling.engine", namingStrategy = NamingStrategy.SNAKE_CASE)
  interface Right {
    int functionConcurrency();

    Optional<String> secret();
  }

  @ConfigMapping(prefix = "qinling.engine", namingStrategy = NamingStrategy.SNAKE_CASE)
  interface Wrong {
    int functionConcurency();

    String topic();

    String host();
  }

  @ConfigMapping(prefix = "qinling.default", namingStrategy = NamingStrategy.SNAKE_CASE)
  interface Default {
    boolean debug();

    List<String> defaultLogLevels();
  }

  @ConfigMapping(prefix = "qinling.cors", namingStrategy = NamingStrategy.SNAKE_CASE)
  interface Cors {
    List<String> allowedOrigin();
  }

  @Test
  void aNearMissIsReportedWithWhatWasMeant() throws IOException {
    // Given
    QinlingConf conf = ConfFixtures.conf(folder, "[engine]\nhost = x\n\nfunction_concurency = 3");
    // When
    List<Finding> findings = vocabulary.review(conf);
    // Then
    Path file = folder.resolve("0.conf");
    assertThat(findings)
        .containsExactly(
            new Finding(
                Finding.Kind.UNKNOWN,
                file,
                4,
                "engine",
                "function_concurency",
                "function_concurrency"));
    assertThat(findings.getFirst().message())
        .isEqualTo(
            file
                + ":4: unknown option [engine] function_concurency; did you mean"
                + " function_concurrency?");
  }

  @ParameterizedTest
  @CsvSource({
    "DEFAULT, debgu, debug",
    "default, Debug, debug",
    "DEFAULT, logdir, log_dir",
    "engine, hots, host",
    "resource_limits, default_memmory, default_memory",
    "cors.app, allowed_origins, allowed_origin",
    "engine, something_else, ''",
    "engine, x, ''",
    "DEFAULT, verbos, ''",
  })
  void suggestsOnlyWhatIsNear(String section, String key, String suggestion) throws IOException {
    // Given
    QinlingConf conf = ConfFixtures.conf(folder, "[%s]\n%s = 1".formatted(section, key));
    // When
    List<Finding> findings = vocabulary.review(conf);
    // Then
    assertThat(findings).extracting(Finding::suggestion).containsExactly(suggestion);
  }

  @Test
  void withoutANearNameNothingIsSuggested() throws IOException {
    // Given
    QinlingConf conf = ConfFixtures.conf(folder, "[engine]\nsomething_else = 1");
    // When
    String message = vocabulary.review(conf).getFirst().message();
    // Then
    assertThat(message).endsWith(":2: unknown option [engine] something_else");
  }

  @Test
  void aRemovedOptionSaysWhatToDoInstead() throws IOException {
    // Given
    QinlingConf conf = ConfFixtures.conf(folder, "[DEFAULT]\nverbose = true");
    // When
    Finding finding = vocabulary.review(conf).getFirst();
    // Then
    assertThat(finding.kind()).isEqualTo(Finding.Kind.REMOVED);
    assertThat(finding.message())
        .endsWith("0.conf:2: option [DEFAULT] verbose has no effect any more: set debug");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "[foreign]\nanything = 1",
        "[database.replica]\nanything = 1",
        "[DEFAULT]\ntransport_url = rabbit://",
        "[oslo_messaging_rabbit]\nrabbit_quorum_queue = true",
        "[cors.app]\nallowed_origin = *",
        "[etcd]",
        ""
      })
  void foreignAndUpstreamSettingsPassWithoutAWord(String text) throws IOException {
    // When
    List<Finding> findings = vocabulary.review(ConfFixtures.conf(folder, text));
    // Then
    assertThat(findings).isEmpty();
  }

  @Test
  void aKollaFilePassesWithoutAWord() throws IOException {
    // When
    List<Finding> findings = vocabulary.review(ConfFixtures.kolla(folder));
    // Then
    assertThat(findings).isEmpty();
  }

  @Test
  void everyOccurrenceIsReportedInOrder() throws IOException {
    // Given
    QinlingConf conf = ConfFixtures.conf(folder, "[api]\nhots = 1\nhots = 2", "[engine]\nhots = 3");
    // When
    List<Finding> findings = vocabulary.review(conf);
    // Then
    assertThat(findings)
        .extracting(finding -> Map.entry(finding.section(), finding.line()))
        .containsExactly(Map.entry("api", 2), Map.entry("api", 3), Map.entry("engine", 2));
  }

  @Test
  void everyNameOfAMappingIsChecked() {
    // When, Then
    assertThat(vocabulary.missing(Right.class)).isEmpty();
    assertThat(vocabulary.missing(Default.class)).isEmpty();
    assertThat(vocabulary.missing(Cors.class)).isEmpty();
    assertThat(vocabulary.missing(Wrong.class))
        .containsExactly("qinling.engine.function_concurency", "qinling.engine.topic");
  }

  @Test
  void aMarkMustBeKnown() {
    // Given
    List<Setting> terms = ConfParser.parse(Path.of("v"), "[s]\nk = usde");
    // When, Then
    assertThatThrownBy(() -> new ConfVocabulary(terms))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("not a mark: v:2: [s] k = usde");
  }

  @Test
  void noOptionIsListedTwice() throws IOException {
    // Given
    QinlingConf listed = ConfFixtures.vocabulary(folder);
    // When
    List<String> names = listed.settings().stream().map(Setting::property).toList();
    // Then
    assertThat(names).doesNotHaveDuplicates().hasSizeGreaterThan(200);
  }
}
