package fovea.app;

import fovea.core.metric.Average;
import fovea.core.metric.ConfusionMatrix;
import fovea.core.metric.Interval;
import fovea.vision.data.DataSplits;
import fovea.vision.run.Assessment;
import fovea.vision.run.Evaluation;
import fovea.vision.run.Run;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;

/// `fovea evaluate`.
@Command(
    name = "evaluate",
    header = "Measure a trained network on test images.",
    description = {
      "Measures the best model of a run on the test images of what it learned from, or of other data",
      "with the same classes: how many are right, for each class the share of its images that was",
      "recognised (recall), of what was taken for it the share that was (precision) and the harmonic",
      "mean of both (F1), and which classes are mistaken for which. Intervals hold the true value 95",
      "times in 100; they are the bootstrap's.",
    },
    footer = {
      "  fovea evaluate runs/lenet5-digits-1",
      "  fovea evaluate runs/lenet5-digits-1 data/mnist",
      "  fovea evaluate runs/lenet5-digits-1 --json",
    })
@SuppressWarnings("NullAway.Init") // picocli sets the fields
final class EvaluateCommand extends ComputingCommand {
  private static final int CONFUSIONS = 5;

  @Parameters(index = "0", paramLabel = "RUN", description = "The folder of a run.")
  private Path run;

  @Parameters(
      index = "1",
      arity = "0..1",
      paramLabel = "DATA",
      completionCandidates = DataNames.class,
      description = "Whose test images to measure on (default: those of the run's own data).")
  private @Nullable String data;

  @Option(names = "--resize", description = "Bring images of another size to the model's.")
  private boolean resize;

  EvaluateCommand(Console console) {
    super(console);
  }

  @Override
  public Integer call() {
    var opened = Run.open(run);
    console().pass("reading " + (data == null ? opened.record().data().location() : data) + " …");
    var splits = data == null ? ownData(opened) : open(data);
    console().pass("measuring …");
    // Images of its own data may be of any sizes: they were brought to the model's in training too.
    var evaluation = opened.evaluate(splits.test(), resize || data == null);
    if (json()) {
      Json.print(console(), json(opened, splits, evaluation));
    } else {
      print(opened, splits, evaluation);
    }
    return ExitCode.DONE;
  }

  private void print(Run opened, DataSplits splits, Evaluation e) {
    var confusion = e.confusion();
    var out = console().out();
    out.printf(
        "%s of %s right, loss %s (%s on %s, %s)%n%n",
        console().strong(Text.percent(e.accuracy())),
        Text.count(confusion.total(), "test image", "test images"),
        Text.loss(e.loss()),
        opened.model().name(),
        splits.name(),
        Text.seconds(e.seconds()));
    var assessment = Assessment.of(e.predictions());
    var table = new Table("class", ">images", ">recall", ">precision", ">F1", ">ROC area");
    for (int c = 0; c < confusion.classes().size(); c++) {
      table.row(
          confusion.classes().get(c),
          Text.count(confusion.support(c)),
          Text.percent(confusion.recall(c)),
          Text.percent(confusion.precision(c)),
          Text.percent(confusion.f1(c)),
          share(assessment.area()[c]));
    }
    table.print(console(), "");
    out.println();
    summary(assessment).print(console(), "");
    var confused = confused(confusion);
    if (!confused.isEmpty()) {
      out.println();
      out.println(console().strong("most confused"));
      var pairs = new Table("", "", "", ">");
      confused.forEach(
          p ->
              pairs.row(
                  confusion.classes().get(p.truth()),
                  "taken for",
                  confusion.classes().get(p.predicted()),
                  Text.count(p.count(), "time", "times")));
      pairs.print(console(), "");
    }
  }

  private static Table summary(Assessment a) {
    var table = new Table("of all classes", ">", "95 % interval");
    table.row("accuracy", Text.percent(a.accuracy().value()), percents(a.accuracy()));
    table.row("F1, mean", Text.percent(a.macroF1().value()), percents(a.macroF1()));
    table.row(
        "loss",
        Text.loss(a.loss().value()),
        Text.loss(a.loss().low()) + " to " + Text.loss(a.loss().high()));
    var top5 = a.top5();
    if (top5 != null) {
      table.row("among the first five", Text.percent(top5), "");
    }
    table.row("Cohen's kappa", share(a.kappa()), "");
    table.row("calibration error", Text.percent(a.calibration().expectedError()), "");
    table.row("Brier score", share(a.brier()), "");
    return table;
  }

  private static String percents(Interval interval) {
    return interval.low() == interval.high()
        ? ""
        : Text.percent(interval.low()) + " to " + Text.percent(interval.high());
  }

  private static String share(double value) {
    return Double.isNaN(value) ? "–" : String.format(Locale.ROOT, "%.4f", value);
  }

  private record Confused(int truth, int predicted, long count) {}

  private static List<Confused> confused(ConfusionMatrix confusion) {
    var pairs = new ArrayList<Confused>();
    int n = confusion.classes().size();
    for (int t = 0; t < n; t++) {
      for (int p = 0; p < n; p++) {
        if (t != p && confusion.count(t, p) > 0) {
          pairs.add(new Confused(t, p, confusion.count(t, p)));
        }
      }
    }
    pairs.sort(Comparator.comparingLong(Confused::count).reversed());
    return pairs.subList(0, Math.min(CONFUSIONS, pairs.size()));
  }

  private static JsonNode json(Run opened, DataSplits splits, Evaluation e) {
    var confusion = e.confusion();
    var json =
        Json.object()
            .put("model", opened.model().name())
            .put("data", splits.name())
            .put("accuracy", e.accuracy());
    json.set("loss", Json.number(e.loss()));
    json.put("seconds", e.seconds())
        .put("seed", opened.record().settings().seed())
        .put("run", opened.folder().toString())
        .put("images", confusion.total());
    var a = Assessment.of(e.predictions());
    var intervals = json.putObject("intervals");
    intervals.set("accuracy", interval(a.accuracy()));
    intervals.set("loss", interval(a.loss()));
    intervals.set("f1", interval(a.macroF1()));
    for (var average : Average.values()) {
      var of = json.putObject(average.name().toLowerCase(Locale.ROOT));
      of.set("precision", Json.number(confusion.precision(average)));
      of.set("recall", Json.number(confusion.recall(average)));
      of.set("f1", Json.number(confusion.f1(average)));
    }
    if (a.top5() != null) {
      json.put("top5", a.top5());
    }
    json.set("kappa", Json.number(a.kappa()));
    json.set("calibrationError", Json.number(a.calibration().expectedError()));
    json.set("brier", Json.number(a.brier()));
    var classes = json.putArray("classes");
    for (int c = 0; c < confusion.classes().size(); c++) {
      var one = classes.addObject();
      one.put("class", confusion.classes().get(c)).put("images", confusion.support(c));
      one.set("recall", Json.number(confusion.recall(c)));
      one.set("precision", Json.number(confusion.precision(c)));
      one.set("f1", Json.number(confusion.f1(c)));
      one.set("iou", Json.number(confusion.iou(c)));
      one.set("rocArea", Json.number(a.area()[c]));
      one.set("averagePrecision", Json.number(a.averagePrecision()[c]));
    }
    var rows = json.putArray("confusion");
    for (int t = 0; t < confusion.classes().size(); t++) {
      var row = rows.addArray();
      for (int p = 0; p < confusion.classes().size(); p++) {
        row.add(confusion.count(t, p));
      }
    }
    return json;
  }

  private static JsonNode interval(Interval interval) {
    return Json.array().add(interval.low()).add(interval.high());
  }
}
