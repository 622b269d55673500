// SPDX-License-Identifier: Apache-2.0
package io.qinling.api.policy;

import io.qinling.api.policy.language.Parsed;
import io.qinling.api.policy.language.RuleParser;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.composer.Composer;
import org.yaml.snakeyaml.error.Mark;
import org.yaml.snakeyaml.error.MarkedYAMLException;
import org.yaml.snakeyaml.error.YAMLException;
import org.yaml.snakeyaml.nodes.MappingNode;
import org.yaml.snakeyaml.nodes.Node;
import org.yaml.snakeyaml.nodes.NodeTuple;
import org.yaml.snakeyaml.nodes.ScalarNode;
import org.yaml.snakeyaml.nodes.SequenceNode;
import org.yaml.snakeyaml.nodes.Tag;
import org.yaml.snakeyaml.parser.ParserImpl;
import org.yaml.snakeyaml.reader.StreamReader;
import org.yaml.snakeyaml.resolver.Resolver;

/** The text of a policy file. Its nodes are read and no objects are made of them. */
final class YamlText {
  private final Path file;
  private final String text;

  YamlText(Path file, String text) {
    this.file = file;
    this.text = readable(text);
  }

  /** JSON may be indented with tabs, YAML may not. */
  private static String readable(String text) {
    var bare = text.startsWith("\uFEFF") ? text.substring(1) : text;
    return bare.stripLeading().startsWith("{") ? bare.replace('\t', ' ') : bare;
  }

  /** The rules, none for an empty file. */
  List<NodeTuple> entries() {
    var root = root();
    if (root.isEmpty() || root.get().getTag().equals(Tag.NULL)) {
      return List.of();
    }
    if (root.get() instanceof MappingNode mapping) {
      return mapping.getValue();
    }
    throw broken(root.get().getStartMark(), "rules must be written as NAME: RULE", null);
  }

  private Optional<Node> root() {
    var options = new LoaderOptions();
    var parser = new ParserImpl(new StreamReader(text), options);
    try {
      return Optional.ofNullable(new Composer(parser, new Resolver(), options).getSingleNode());
    } catch (MarkedYAMLException e) {
      throw broken(e.getProblemMark(), e.getProblem() + hint(e.getProblemMark()), e);
    } catch (YAMLException e) {
      throw new PolicyException(file + ": not a policy file: " + e.getMessage(), e);
    }
  }

  private String hint(Mark where) {
    return characterAt(where) == '@' ? "; a rule @ needs quotation marks around it" : "";
  }

  String name(Node key) {
    if (key instanceof ScalarNode scalar) {
      return scalar.getValue();
    }
    throw broken(key.getStartMark(), "the name of a rule must be a text", null);
  }

  /** What the value of an entry means. */
  Parsed rule(Node value) {
    if (isTagged(value)) {
      return Parsed.broken("a rule that begins with ! needs quotation marks around it");
    }
    return switch (value) {
      case ScalarNode scalar when scalar.getTag().equals(Tag.NULL) ->
          Parsed.broken("it is not there; a rule that allows everyone is written \"\"");
      case ScalarNode scalar -> RuleParser.parse(scalar.getValue());
      case SequenceNode sequence -> rule(sequence);
      default -> Parsed.broken("it must be a text or a list");
    };
  }

  private Parsed rule(SequenceNode any) {
    List<List<String>> lists = new ArrayList<>();
    for (Node item : any.getValue()) {
      var all = item instanceof SequenceNode inner ? inner.getValue() : List.of(item);
      if (!all.stream().allMatch(check -> check instanceof ScalarNode && !isTagged(check))) {
        return Parsed.broken("its lists must be of texts");
      }
      lists.add(texts(all));
    }
    return RuleParser.parse(lists);
  }

  /** Empty texts are passed over, as oslo.policy does with those that are not in a list. */
  private static List<String> texts(List<Node> checks) {
    return checks.stream()
        .map(check -> ((ScalarNode) check).getValue())
        .filter(check -> !check.isEmpty())
        .toList();
  }

  /** A bare exclamation mark begins a tag, behind which an empty rule would allow everyone. */
  private boolean isTagged(Node node) {
    return characterAt(node.getStartMark()) == '!';
  }

  private int characterAt(Mark mark) {
    int at = mark.getIndex();
    return at < text.codePointCount(0, text.length())
        ? text.codePointAt(text.offsetByCodePoints(0, at))
        : -1;
  }

  private PolicyException broken(Mark where, String problem, Throwable cause) {
    return new PolicyException(file + ":" + line(where) + ": " + problem, cause);
  }

  static int line(Mark mark) {
    return mark.getLine() + 1;
  }
}
