package fovea.app;

import fovea.vision.data.DataSplits;
import fovea.vision.run.Comparison;
import fovea.vision.run.Run;
import java.nio.file.Path;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `fovea compare`.
@Command(
    name = "compare",
    header = "Say whether one run is better than another, or only luckier.",
    description = {
      "Measures two runs on the same test images and asks, by McNemar's test, whether they differ by",
      "more than chance: only images that one has right and the other wrong tell anything.",
    },
    footer = {
      "  fovea compare runs/knn-digits-1 runs/lenet5-digits-1",
      "  fovea compare runs/lenet5-a-1 runs/lenet5-b-1 data/mnist",
    })
@SuppressWarnings("NullAway.Init") // picocli sets the fields
final class CompareCommand extends ComputingCommand {
  @Parameters(index = "0", paramLabel = "RUN", description = "The folder of a run.")
  private Path first;

  @Parameters(index = "1", paramLabel = "OTHER", description = "That of another.")
  private Path second;

  @Parameters(
      index = "2",
      arity = "0..1",
      paramLabel = "DATA",
      completionCandidates = DataNames.class,
      description = "Whose test images to measure on (default: those of both runs' own data).")
  private @Nullable String data;

  @Option(names = "--resize", description = "Bring images of another size to the models'.")
  private boolean resize;

  CompareCommand(Console console) {
    super(console);
  }

  @Override
  public Integer call() {
    var a = Run.open(first);
    var b = Run.open(second);
    var splits = splits(a, b);
    boolean fits = resize || data == null;
    console().pass("measuring " + first + " …");
    var ofFirst = a.evaluate(splits.test(), fits);
    console().pass("measuring " + second + " …");
    var ofSecond = b.evaluate(splits.test(), fits);
    var comparison = Comparison.of(ofFirst.predictions(), ofSecond.predictions());
    if (json()) {
      json(splits, comparison);
    } else {
      print(splits, comparison);
    }
    return ExitCode.DONE;
  }

  private DataSplits splits(Run a, Run b) {
    if (data != null) {
      return open(data);
    }
    if (!a.record().data().hash().equals(b.record().data().hash())) {
      throw wrong(
          "%s and %s learned from different data; name the data to compare them on"
              .formatted(first, second));
    }
    console().pass("reading " + a.record().data().location() + " …");
    return ownData(a);
  }

  private void print(DataSplits splits, Comparison c) {
    var out = console().out();
    var table = new Table("", ">right", "");
    table.row(first.toString(), Text.percent(c.first()), "");
    table.row(second.toString(), Text.percent(c.second()), "");
    table.row(
        "difference",
        points(c.difference().value()),
        "95 % interval " + points(c.difference().low()) + " to " + points(c.difference().high()));
    table.print(console(), "");
    out.println();
    var counts = new Table(Text.count(splits.test().size(), "test image", "test images"), ">");
    counts.row("both right", Text.count(c.both()));
    counts.row("only " + first, Text.count(c.test().onlyFirst()));
    counts.row("only " + second, Text.count(c.test().onlySecond()));
    counts.row("neither", Text.count(c.neither()));
    counts.print(console(), "");
    out.println();
    out.printf("McNemar's test: p = %s%n", p(c.test().p()));
    out.println(
        c.isSignificant()
            ? "%s is better, by more than chance".formatted(c.second() > c.first() ? second : first)
            : "these images do not tell which is better");
  }

  /// In points of a per cent: `+1.25`.
  private static String points(double share) {
    return String.format(Locale.ROOT, "%+.2f", 100 * share);
  }

  private static String p(double p) {
    return String.format(Locale.ROOT, p < 1e-3 ? "%.1e" : "%.3f", p);
  }

  private void json(DataSplits splits, Comparison c) {
    var json =
        Json.object()
            .put("data", splits.name())
            .put("images", splits.test().size())
            .put("first", first.toString())
            .put("second", second.toString())
            .put("firstAccuracy", c.first())
            .put("secondAccuracy", c.second())
            .put("difference", c.difference().value());
    json.putArray("interval").add(c.difference().low()).add(c.difference().high());
    json.put("both", c.both())
        .put("onlyFirst", c.test().onlyFirst())
        .put("onlySecond", c.test().onlySecond())
        .put("neither", c.neither())
        .put("p", c.test().p())
        .put("significant", c.isSignificant());
    Json.print(console(), json);
  }
}
