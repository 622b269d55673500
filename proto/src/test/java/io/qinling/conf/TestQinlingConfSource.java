// SPDX-License-Identifier: Apache-2.0
package io.qinling.conf;

import static org.assertj.core.api.Assertions.assertThat;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.ConfigMapping.NamingStrategy;
import io.smallrye.config.EnvConfigSource;
import io.smallrye.config.PropertiesConfigSource;
import io.smallrye.config.SmallRyeConfig;
import io.smallrye.config.SmallRyeConfigBuilder;
import io.smallrye.config.WithDefault;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.eclipse.microprofile.config.spi.ConfigSource;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TestQinlingConfSource {
  private static final String CONCURRENCY = "qinling.engine.function_concurrency";

  @TempDir Path folder;

  @ConfigMapping(prefix = "qinling.engine", namingStrategy = NamingStrategy.SNAKE_CASE)
  interface Engine {
    @WithDefault("3")
    int functionConcurrency();

    @WithDefault("kubernetes")
    String orchestrator();

    Optional<String> secret();
  }

  @ConfigMapping(prefix = "qinling.cors", namingStrategy = NamingStrategy.SNAKE_CASE)
  interface Cors {
    Optional<List<String>> allowedOrigin();

    @WithDefault("true")
    boolean allowCredentials();
  }

  @ConfigMapping(prefix = "qinling.oslo_policy", namingStrategy = NamingStrategy.SNAKE_CASE)
  interface Policy {
    @WithDefault("policy.d")
    List<String> policyDirs();
  }

  @AfterEach
  void forget() {
    System.clearProperty(ConfArguments.FILES_PROPERTY);
    System.clearProperty(CONCURRENCY);
  }

  @Test
  void withoutFilesItIsEmpty() {
    // When
    QinlingConfSource source = new QinlingConfSource();
    // Then
    assertThat(source.getPropertyNames()).isEmpty();
    assertThat(source.getValue(CONCURRENCY)).isNull();
  }

  @Test
  void isFoundByTheServiceLoader() throws IOException {
    // Given
    Path file = Files.writeString(folder.resolve("q.conf"), "[engine]\nfunction_concurrency = 7");
    System.setProperty(ConfArguments.FILES_PROPERTY, file.toString());
    // When
    SmallRyeConfig config = new SmallRyeConfigBuilder().addDiscoveredSources().build();
    // Then
    assertThat(config.getConfigValue(CONCURRENCY).getValue()).isEqualTo("7");
    assertThat(config.getConfigValue(CONCURRENCY).getConfigSourceOrdinal()).isEqualTo(275);
  }

  @Test
  void fillsAMapping() throws IOException {
    // Given
    SmallRyeConfig config =
        config("[DEFAULT]\nlog_dir = /l\n[engine]\nfunction-concurrency = 5\nsecret=$log_dir/p");
    // When
    Engine engine = config.getConfigMapping(Engine.class);
    // Then
    assertThat(engine.functionConcurrency()).isEqualTo(5);
    assertThat(engine.secret()).contains("/l/p");
    assertThat(engine.orchestrator()).isEqualTo("kubernetes");
  }

  @Test
  void anEmptyValueLeavesTheDefault() throws IOException {
    // When
    Engine engine =
        config("[engine]\nfunction_concurrency =\norchestrator = x", "[engine]\norchestrator =")
            .getConfigMapping(Engine.class);
    // Then
    assertThat(engine.functionConcurrency()).isEqualTo(3);
    assertThat(engine.secret()).isEmpty();
    assertThat(engine.orchestrator()).isEqualTo("kubernetes");
  }

  @Test
  void beatsApplicationProperties() throws IOException {
    // Given
    ConfigSource application = new PropertiesConfigSource(Map.of(CONCURRENCY, "1"), "a", 250);
    // When
    SmallRyeConfig config = config(application, "[engine]\nfunction_concurrency = 2");
    // Then
    assertThat(config.getValue(CONCURRENCY, Integer.class)).isEqualTo(2);
  }

  @Test
  void yieldsToTheEnvironment() throws IOException {
    // Given
    ConfigSource environment =
        new EnvConfigSource(
            Map.of("QINLING_ENGINE_FUNCTION_CONCURRENCY", "3", "QINLING_CORS_ALLOWED_ORIGIN", "c"),
            300);
    // When
    SmallRyeConfig config =
        config(environment, "[engine]\nfunction_concurrency = 2\n[cors]\nallowed_origin = a,b");
    // Then
    assertThat(config.getConfigMapping(Engine.class).functionConcurrency()).isEqualTo(3);
    assertThat(config.getConfigMapping(Cors.class).allowedOrigin()).contains(List.of("c"));
  }

  @Test
  void yieldsToSystemProperties() throws IOException {
    // Given
    System.setProperty(CONCURRENCY, "4");
    // When
    SmallRyeConfig config = config("[engine]\nfunction_concurrency = 2");
    // Then
    assertThat(config.getValue(CONCURRENCY, Integer.class)).isEqualTo(4);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "a$b",
        "$x",
        "${x}",
        "${x:y}",
        "$${x}",
        "a$$b",
        "\\${x}",
        "\\$x",
        "\\\\$x",
        "$",
        "$$$",
        "${aes::x}",
        "a\\b",
        "\\",
        "a,b",
        "a\\,b",
        "#{x}"
      })
  void aForeignValueIsWhatTheFileSays(String value) throws IOException {
    // When
    SmallRyeConfig config = config("[foreign]\nk = " + value);
    // Then
    assertThat(config.getValue("qinling.foreign.k", String.class)).isEqualTo(value);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {"a$$b | a$b", "$${x} | ${x}", "$$$$x | $$x", "\\b,c | \\b,c"})
  void aDollarSignThatSubstitutionLeavesIsFinal(String written, String meant) throws IOException {
    // When
    SmallRyeConfig config = config("[engine]\nsecret = " + written);
    // Then
    assertThat(config.getValue("qinling.engine.secret", String.class)).isEqualTo(meant);
  }

  @ParameterizedTest
  @ValueSource(strings = {"true", "True", "1", "yes", "YES", "on", "On"})
  void osloTruthIsTrue(String value) throws IOException {
    // When
    SmallRyeConfig config = config("[cors]\nallow_credentials = " + value);
    // Then
    assertThat(config.getConfigMapping(Cors.class).allowCredentials()).isTrue();
  }

  @ParameterizedTest
  @ValueSource(strings = {"false", "False", "0", "no", "off", "OFF"})
  void osloFalsehoodIsFalse(String value) throws IOException {
    // When
    SmallRyeConfig config = config("[cors]\nallow_credentials = " + value);
    // Then
    assertThat(config.getConfigMapping(Cors.class).allowCredentials()).isFalse();
  }

  @Test
  void aListLosesBlanksAndKeepsBackslashes() throws IOException {
    // When
    Cors cors = config("[cors]\nallowed_origin = a , b\\c,,\n  d$$e,").getConfigMapping(Cors.class);
    // Then
    assertThat(cors.allowedOrigin()).contains(List.of("a", "b\\c", "d$e"));
  }

  @Test
  void theLastOfRepeatedListsCounts() throws IOException {
    // When
    Cors cors =
        config("[cors]\nallowed_origin = a,b,c\nallowed_origin = d").getConfigMapping(Cors.class);
    // Then
    assertThat(cors.allowedOrigin()).contains(List.of("d"));
  }

  @Test
  void aMultiOptionKeepsAllItsValuesOfAllFiles() throws IOException {
    // When
    Policy policy =
        config(
                "[oslo_policy]\npolicy_dirs = a,b\npolicy_dirs = c",
                "[oslo_policy]\npolicy_dirs = d")
            .getConfigMapping(Policy.class);
    // Then
    assertThat(policy.policyDirs()).containsExactly("a,b", "c", "d");
  }

  @Test
  void ofAKnownSectionOnlyWhatIsUsedIsOffered() throws IOException {
    // When
    QinlingConfSource source =
        source("[engine]\ntopic = $x\ntypo = $x\n[DEFAULT]\nverbose = $x\ndebug = on");
    // Then
    assertThat(source.getPropertyNames()).containsExactly("qinling.default.debug");
  }

  @Test
  void anOptionOfTheOtherServiceDoesNotBreakAMapping() throws IOException {
    // When
    SmallRyeConfig config = config("[engine]\nmax_log_size = 1\nfunction_concurrency = 4");
    // Then
    assertThat(config.getConfigMapping(Engine.class).functionConcurrency()).isEqualTo(4);
  }

  @Test
  void aKollaFileFillsMappings() throws IOException {
    // Given
    QinlingConfSource source = new QinlingConfSource(ConfFixtures.kolla(folder));
    // When
    SmallRyeConfig config = builder().withSources(source).build();
    // Then
    assertThat(config.getValue("qinling.default.debug", Boolean.class)).isFalse();
    assertThat(config.getValue("qinling.api.host", String.class)).isEqualTo("fd00::11");
    assertThat(config.getValue("qinling.database.max_retries", Integer.class)).isEqualTo(-1);
    assertThat(config.getValue("qinling.database.connection", String.class))
        .isEqualTo("mysql+pymysql://qinling:p@ss:w/rd@10.0.0.254:3306/qinling");
    assertThat(config.getValue("qinling.keystone_authtoken.password", String.class))
        .isEqualTo("PW#1;\"x");
    assertThat(config.getOptionalValue("qinling.keystone_authtoken.cafile", Path.class)).isEmpty();
    assertThat(config.getPropertyNames()).noneMatch(name -> name.startsWith("qinling.etcd."));
  }

  private SmallRyeConfig config(String... texts) throws IOException {
    return builder().withSources(source(texts)).build();
  }

  private SmallRyeConfig config(ConfigSource other, String... texts) throws IOException {
    return builder().withSources(source(texts)).withSources(other).build();
  }

  private QinlingConfSource source(String... texts) throws IOException {
    return new QinlingConfSource(ConfFixtures.conf(folder, texts));
  }

  private static SmallRyeConfigBuilder builder() {
    return new SmallRyeConfigBuilder()
        .addDefaultInterceptors()
        .addDefaultSources()
        .withMapping(Engine.class)
        .withMapping(Cors.class)
        .withMapping(Policy.class);
  }
}
