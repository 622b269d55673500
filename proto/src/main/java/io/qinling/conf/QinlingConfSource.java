// SPDX-License-Identifier: Apache-2.0
package io.qinling.conf;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.eclipse.microprofile.config.spi.ConfigSource;

/**
 * Offers {@code [section] key} of the configuration files as {@code qinling.<section>.<key>},
 * DEFAULT as {@code qinling.default.<key>}. Weighs more than {@code application.properties} (250)
 * and less than the environment (300) and system properties (400).
 *
 * <ul>
 *   <li>An empty value is no value, so that the default of the mapping holds: deployment tools
 *       write {@code key =} for "unset".
 *   <li>A list is offered whole and also as {@code key[0]}, {@code key[1]}, ... with the blanks
 *       around its elements taken off; SmallRye would keep them, and would take a backslash for an
 *       escape.
 *   <li>A value is final: a dollar sign left in it is not the start of a SmallRye expression.
 *   <li>Of a section of the vocabulary only the options in use are offered, so that a stray key
 *       cannot break a mapping; other sections as they stand in the file, without substitution.
 * </ul>
 *
 * Reads the files when it is made and never again. Without {@link ConfArguments#apply} it is empty,
 * which keeps builds and tests from reading the machine's own configuration.
 */
public final class QinlingConfSource implements ConfigSource {
  /** Between {@code application.properties} and the environment. */
  public static final int ORDINAL = 275;

  private final Map<String, String> properties;

  /**
   * For the service loader.
   *
   * @throws ConfException as {@link ConfArguments#apply}, which is there to fail first
   */
  public QinlingConfSource() {
    this(QinlingConf.ofThisProcess());
  }

  QinlingConfSource(QinlingConf conf) {
    properties =
        conf.settings().isEmpty() ? Map.of() : new Offer(conf, ConfVocabulary.load()).properties();
  }

  @Override
  public String getName() {
    return "qinling.conf";
  }

  @Override
  public int getOrdinal() {
    return ORDINAL;
  }

  @Override
  public Set<String> getPropertyNames() {
    return properties.keySet();
  }

  @Override
  public Map<String, String> getProperties() {
    return properties;
  }

  @Override
  public String getValue(String name) {
    return properties.get(name);
  }

  private record Offer(QinlingConf conf, ConfVocabulary vocabulary) {
    Map<String, String> properties() {
      Map<String, String> offered = new LinkedHashMap<>();
      for (String property : conf.properties()) {
        Setting setting = conf.last(property).orElseThrow();
        if (vocabulary.isForeign(setting)) {
          put(offered, property, setting.value());
        }
        vocabulary
            .term(setting)
            .filter(term -> term.mark() == ConfVocabulary.Mark.USED)
            .ifPresent(term -> putUsed(offered, setting, term.shape()));
      }
      return Map.copyOf(offered);
    }

    private void putUsed(Map<String, String> offered, Setting setting, ConfVocabulary.Shape shape) {
      put(offered, setting.property(), conf.expanded(setting));
      List<String> elements = elements(setting, shape);
      for (int i = 0; i < elements.size(); i++) {
        put(offered, setting.property() + "[" + i + "]", elements.get(i));
      }
    }

    private List<String> elements(Setting setting, ConfVocabulary.Shape shape) {
      return switch (shape) {
        case SINGLE -> List.of();
        case LIST ->
            Arrays.stream(conf.expanded(setting).split(",", -1))
                .map(String::strip)
                .filter(element -> !element.isEmpty())
                .toList();
        case MULTI ->
            conf.all(setting.property()).stream()
                .map(conf::expanded)
                .filter(value -> !value.isEmpty())
                .toList();
      };
    }

    /**
     * SmallRye reads {@code \$} as a dollar sign; bare, it would begin an expression or swallow its
     * neighbour.
     */
    private static void put(Map<String, String> offered, String property, String value) {
      if (!value.isEmpty()) {
        offered.put(property, value.replace("$", "\\$"));
      }
    }
  }
}
