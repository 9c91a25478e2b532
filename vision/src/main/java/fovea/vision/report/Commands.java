package fovea.vision.report;

import fovea.core.loss.Losses;
import fovea.core.nn.Starts;
import fovea.core.optim.ParameterGroups;
import fovea.core.optim.Schedules;
import fovea.core.optim.UpdateRules;
import fovea.vision.model.Models;
import fovea.vision.run.Run;
import fovea.vision.run.RunRecord;
import fovea.vision.run.Settings;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// What to type next.
final class Commands {
  private static final Pattern PLAIN = Pattern.compile("[\\w.,:/@%+=-]+");

  private Commands() {}

  private record Command(String purpose, List<String> words) {}

  static String html(Run run) {
    var record = run.record();
    var folder = run.folder().toString();
    return Html.section(
        "commands",
        "Go on from here",
        Stream.of(
                new Command("What does an image show?", List.of("predict", folder, "image.png")),
                new Command(
                    "How good is it on these images?",
                    List.of("evaluate", folder, record.data().location())),
                new Command("Train the same again", train(record)))
            .map(
                c ->
                    "<dt>%s</dt><dd><code>%s</code></dd>\n"
                        .formatted(c.purpose, Html.escape(line(c.words))))
            .collect(Collectors.joining("", "<dl class=\"commands\">\n", "</dl>\n")));
  }

  /// The command that makes this run again; what it does not name is the command's default.
  private static List<String> train(RunRecord record) {
    var s = record.settings();
    var words = new ArrayList<>(List.of("train", record.model().name(), record.data().location()));
    if (Models.kind(record.model().name()).baseline() == null) {
      steps(words, s);
    }
    option(words, "--preprocess", record.preprocessing().scaling());
    option(words, "--validation", s.validation());
    option(words, "--seed", s.seed());
    var input = record.model().input();
    option(words, "--size", input.height() + "x" + input.width());
    words.add(input.channels() == 1 ? "--grey" : "--colour");
    return words;
  }

  /// What only networks have that are trained step by step.
  private static void steps(List<String> words, Settings s) {
    option(words, "--epochs", s.epochs());
    option(words, "--batch", s.batch());
    var groups = new ArrayList<ParameterGroups.Group>();
    option(
        words,
        "--optimizer",
        UpdateRules.NAMED.write(
            s.rule(),
            first -> {
              if (first instanceof ParameterGroups all) {
                groups.addAll(all.groups());
                return all.rest();
              }
              return first;
            }));
    for (var group : groups) {
      option(words, "--group", names(group.which()) + "=" + UpdateRules.NAMED.write(group.rule()));
    }
    option(words, "--schedule", Schedules.NAMED.write(s.schedule()));
    option(words, "--loss", Losses.NAMED.write(s.loss()));
    option(words, "--init", Starts.NAMED.write(s.start()));
    if (s.patience() > 0) {
      option(words, "--patience", s.patience());
    }
    if (!s.augment().isEmpty()) {
      option(words, "--augment", s.augment());
    }
    option(words, "--precision", s.precision());
  }

  private static String names(ParameterGroups.Selection which) {
    return switch (which) {
      case ParameterGroups.Selection.Named named -> String.join(",", named.patterns());
      case ParameterGroups.Selection.OfAxes axes -> axes.least() > 1 ? "matrices" : "vectors";
    };
  }

  private static void option(List<String> words, String name, Object value) {
    words.add(name);
    words.add(value.toString());
  }

  private static String line(List<String> words) {
    return words.stream().map(Commands::quoted).collect(Collectors.joining(" ", "fovea ", ""));
  }

  /// A word as a shell reads it back.
  private static String quoted(String word) {
    return PLAIN.matcher(word).matches() ? word : "'" + word.replace("'", "'\\''") + "'";
  }
}
