package fovea.vision.report;

import fovea.vision.run.Run;
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
                new Command(
                    "Train the same again",
                    List.of(
                        "train",
                        record.model().name(),
                        record.data().location(),
                        "--epochs",
                        String.valueOf(record.settings().epochs()),
                        "--seed",
                        String.valueOf(record.settings().seed()))))
            .map(
                c ->
                    "<dt>%s</dt><dd><code>%s</code></dd>\n"
                        .formatted(c.purpose, Html.escape(line(c.words))))
            .collect(Collectors.joining("", "<dl class=\"commands\">\n", "</dl>\n")));
  }

  private static String line(List<String> words) {
    return words.stream().map(Commands::quoted).collect(Collectors.joining(" ", "fovea ", ""));
  }

  /// A word as a shell reads it back.
  private static String quoted(String word) {
    return PLAIN.matcher(word).matches() ? word : "'" + word.replace("'", "'\\''") + "'";
  }
}
