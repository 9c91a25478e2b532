package fovea.vision.report;

import fovea.core.metric.Calibration;
import fovea.core.metric.ConfusionMatrix;
import fovea.core.metric.Interval;
import fovea.vision.run.Assessment;
import fovea.vision.run.Evaluation;
import fovea.vision.run.Predictions;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/// Figures of merit: each class against the rest over all thresholds (ROC and precision–recall
/// curves), whether its confidence can be taken at its word (reliability diagram), and a table.
final class Measures {
  /// More lines in one chart cannot be told apart.
  private static final int MOST_CURVES = 8;

  /// As many points as a chart of this size shows.
  private static final int MOST_POINTS = 160;

  private Measures() {}

  /// What the page's script draws a chart from.
  ///
  /// @param id of its canvas
  /// @param x title of the axis
  /// @param y title of the axis
  /// @param series each a line
  /// @param diagonal whether to draw one, of what is perfect or of chance
  private record Chart(
      String id, String title, String x, String y, List<Series> series, String diagonal) {
    Map<String, Object> json() {
      return Map.of(
          "id",
          id,
          "x",
          x,
          "y",
          y,
          "diagonal",
          diagonal,
          "series",
          series.stream().map(s -> Map.of("name", s.name, "points", s.points)).toList());
    }
  }

  private record Series(String name, List<List<Double>> points) {}

  /// The section; empty where no image was judged.
  static String html(Evaluation test, boolean drawn) {
    if (test.predictions().size() == 0) {
      return "";
    }
    var assessment = Assessment.of(test.predictions());
    var charts = charts(test.predictions(), assessment);
    return Html.section(
        "measures",
        "How good, and how sure",
        """
        <div class="tiles">
        %s</div>
        %s%s"""
            .formatted(
                tiles(assessment),
                drawn
                    ? """
                      <div class="charts">
                      %s</div>
                      %s"""
                        .formatted(
                            charts.stream().map(Measures::canvas).collect(Collectors.joining()),
                            Html.json(
                                "measures-data",
                                Map.of("charts", charts.stream().map(Chart::json).toList())))
                    : "",
                table(test.confusion(), assessment)));
  }

  // ---- figures

  private static String tiles(Assessment a) {
    var tiles = new StringBuilder();
    tiles.append(
        Html.tile("Accuracy", Words.percent(a.accuracy().value(), 2), percents(a.accuracy())));
    tiles.append(
        Html.tile(
            "F1, mean of the classes",
            Words.percent(a.macroF1().value(), 2),
            a.macroF1().low() == a.macroF1().high() ? "" : percents(a.macroF1())));
    var top5 = a.top5();
    if (top5 != null) {
      tiles.append(
          Html.tile("Among the first five", Words.percent(top5, 2), "true class in the top 5"));
    }
    tiles.append(
        Html.tile(
            "Loss",
            Words.number(a.loss().value()),
            "95&nbsp;%% interval: %s–%s"
                .formatted(Words.number(a.loss().low()), Words.number(a.loss().high()))));
    tiles.append(Html.tile("Cohen’s kappa", Words.number(a.kappa()), "1 perfect, 0 chance"));
    tiles.append(
        Html.tile(
            "Calibration error",
            Words.percent(a.calibration().expectedError(), 2),
            "expected; at most " + Words.percent(a.calibration().maximumError(), 1)));
    tiles.append(Html.tile("Brier score", Words.number(a.brier()), "0 best, 2 worst"));
    return tiles.toString();
  }

  private static String percents(Interval interval) {
    return "95&nbsp;%% interval: %s–%s"
        .formatted(Words.hundredths(interval.low(), 2), Words.percent(interval.high(), 2));
  }

  // ---- charts

  private static List<Chart> charts(Predictions p, Assessment a) {
    var shown =
        IntStream.range(0, p.classes().size())
            .filter(c -> !Double.isNaN(a.area()[c]))
            .boxed()
            .sorted(Comparator.comparingDouble(c -> a.area()[c]))
            .limit(p.classes().size() <= MOST_CURVES + 2 ? MOST_CURVES + 2 : MOST_CURVES)
            .sorted()
            .toList();
    var which = shown.size() < p.classes().size() ? ": the " + shown.size() + " hardest" : "";
    var roc = new ArrayList<Series>();
    var recall = new ArrayList<Series>();
    for (int c : shown) {
      var name = p.classes().get(c);
      var r = p.roc(c);
      roc.add(new Series(name, points(r.falseAlarms(), r.found())));
      var pr = p.precisionRecall(c);
      recall.add(new Series(name, points(pr.recall(), pr.precision())));
    }
    return List.of(
        new Chart(
            "reliability",
            "Reliability",
            "confidence",
            "accuracy",
            List.of(new Series("accuracy", reliability(a.calibration()))),
            "perfect"),
        new Chart("roc", "ROC" + which, "false alarms", "found (recall)", roc, "chance"),
        new Chart("pr", "Precision and recall" + which, "recall", "precision", recall, ""));
  }

  private static List<List<Double>> reliability(Calibration calibration) {
    return IntStream.range(0, calibration.counts().length)
        .filter(b -> calibration.counts()[b] > 0)
        .mapToObj(
            b ->
                List.of(
                    calibration.confidence()[b],
                    calibration.accuracy()[b],
                    (double) calibration.counts()[b]))
        .toList();
  }

  /// Without points that nobody could tell from those kept.
  private static List<List<Double>> points(double[] x, double[] y) {
    var points = new ArrayList<List<Double>>();
    double step = 1.0 / MOST_POINTS;
    double lastX = Double.NaN;
    double lastY = Double.NaN;
    for (int i = 0; i < x.length; i++) {
      boolean far = !(Math.abs(x[i] - lastX) < step && Math.abs(y[i] - lastY) < step);
      if (far || i == x.length - 1) {
        lastX = x[i];
        lastY = y[i];
        points.add(List.of(rounded(x[i]), rounded(y[i])));
      }
    }
    return points;
  }

  private static double rounded(double value) {
    return Math.round(value * 1e4) / 1e4;
  }

  private static String canvas(Chart chart) {
    return """
    <figure class="chart"><figcaption>%s</figcaption>
    <div><canvas id="chart-%s" role="img" aria-label="%s; the table below has the figures"></canvas></div></figure>
    """
        .formatted(Html.escape(chart.title), chart.id, Html.escape(chart.title));
  }

  // ---- the table

  private static String table(ConfusionMatrix matrix, Assessment a) {
    var rows =
        IntStream.range(0, matrix.classes().size())
            .mapToObj(
                c ->
                    """
                    <tr><th scope="row">%s</th><td>%s</td><td>%s</td><td>%s</td><td>%s</td><td>%s</td><td>%s</td><td>%s</td></tr>
                    """
                        .formatted(
                            Html.escape(matrix.classes().get(c)),
                            Words.count(matrix.support(c)),
                            Words.percent(matrix.precision(c), 1),
                            Words.percent(matrix.recall(c), 1),
                            Words.percent(matrix.f1(c), 1),
                            Words.percent(matrix.iou(c), 1),
                            Words.number(a.area()[c]),
                            Words.number(a.averagePrecision()[c])))
            .collect(Collectors.joining());
    return """
    <details><summary>All classes, each against the rest</summary>
    <div class="scroll tall" tabindex="0" role="region" aria-label="Figures of all classes"><table class="numbers">
    <thead><tr><th scope="col">class</th><th scope="col">images</th><th scope="col">precision</th><th scope="col">recall</th><th scope="col">F1</th><th scope="col">IoU</th><th scope="col">ROC area</th><th scope="col">average precision</th></tr></thead>
    <tbody>
    %s</tbody></table></div></details>
    """
        .formatted(rows);
  }
}
