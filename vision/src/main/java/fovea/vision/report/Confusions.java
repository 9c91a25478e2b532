package fovea.vision.report;

import fovea.core.metric.ConfusionMatrix;
import fovea.vision.image.Image;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/// Who was taken for whom: the confusion matrix as a table as long as a person can read it, else as
/// a picture, the classes as a list; and the most frequent confusions.
final class Confusions {
  private static final int MOST_FOR_TABLE = 30;
  private static final int MOST_FOR_PICTURE = 256;
  private static final int PAIRS = 12;
  private static final int MORE_PAIRS = 24;

  /// As many characters as a column head takes lying.
  private static final int SHORT = 3;

  private Confusions() {}

  /// A class taken for another.
  private record Pair(int truth, int predicted, long count, double share) {}

  static String html(ConfusionMatrix matrix) {
    int n = matrix.classes().size();
    var left = n <= MOST_FOR_TABLE ? table(matrix) : (n <= MOST_FOR_PICTURE ? picture(matrix) : "");
    return Html.section(
        "confusion",
        left.isEmpty() ? "Confusions" : "Confusion matrix",
        """
        <p>%s</p>
        <div class="side-by-side">
        %s<div class="pairs">%s</div>
        </div>
        %s"""
            .formatted(
                explanation(n),
                left,
                pairs(matrix, n <= MOST_FOR_TABLE ? PAIRS : MORE_PAIRS),
                n <= MOST_FOR_TABLE ? "" : classes(matrix)));
  }

  private static String explanation(int classes) {
    var how =
        "Each row is a true class, each column what it was taken for; the %s, the larger the share of the row.";
    return classes <= MOST_FOR_TABLE
        ? how.formatted("deeper the colour")
        : classes <= MOST_FOR_PICTURE
            ? how.formatted("brighter a dot")
            : "Too many classes for a matrix: the confusions that are most frequent.";
  }

  // ---- the table

  private static String table(ConfusionMatrix matrix) {
    var names = matrix.classes();
    var upright = names.stream().anyMatch(c -> c.length() > SHORT);
    var rows =
        IntStream.range(0, names.size())
            .mapToObj(t -> row(matrix, t))
            .collect(Collectors.joining());
    return """
    <div class="scroll" tabindex="0" role="region" aria-label="Confusion matrix">
    <table class="confusion%s%s">
    <thead><tr><th scope="col" class="corner">true ↓ taken for →</th>%s<th scope="col" class="edge"><span>recall</span></th></tr></thead>
    <tbody>
    %s</tbody>
    <tfoot><tr><th scope="row">precision</th>%s<td class="edge"></td></tr></tfoot>
    </table></div>
    """
        .formatted(
            upright ? " upright" : "",
            names.size() > 12 ? " dense" : "",
            names.stream()
                .map(
                    c ->
                        "<th scope=\"col\" title=\"%1$s\"><span>%1$s</span></th>"
                            .formatted(Html.escape(c)))
                .collect(Collectors.joining()),
            rows,
            IntStream.range(0, names.size())
                .mapToObj(c -> "<td>" + Words.hundredths(matrix.precision(c), 1) + "</td>")
                .collect(Collectors.joining()));
  }

  private static String row(ConfusionMatrix matrix, int truth) {
    var name = Html.escape(matrix.classes().get(truth));
    long all = all(matrix, truth);
    var cells =
        IntStream.range(0, matrix.classes().size())
            .mapToObj(p -> cell(matrix, truth, p, all))
            .collect(Collectors.joining());
    return "<tr><th scope=\"row\" title=\"%1$s\"><span>%1$s</span></th>%2$s<td class=\"edge\">%3$s</td></tr>\n"
        .formatted(name, cells, Words.hundredths(matrix.recall(truth), 1));
  }

  private static String cell(ConfusionMatrix matrix, int truth, int predicted, long all) {
    long count = matrix.count(truth, predicted);
    boolean right = truth == predicted;
    var hint = Html.escape(hint(matrix, truth, predicted, all));
    if (count == 0) {
      return "<td class=\"none\" title=\"%s\">%s</td>".formatted(hint, right ? "0" : "");
    }
    double depth = depth(count / (double) all, right);
    return "<td class=\"%s%s\" style=\"--depth:%d%%\" title=\"%s\">%s</td>"
        .formatted(
            right ? "right" : "wrong",
            depth >= 0.85 ? " deep" : "",
            Math.round(100 * depth),
            hint,
            Words.count(count));
  }

  /// How deep a cell's colour is, in [0, 1]. Mistakes are rare where training went well, and are
  /// what one looks for: the root makes them visible.
  private static double depth(double share, boolean right) {
    return right ? share : 0.08 + 0.92 * Math.sqrt(share);
  }

  private static String hint(ConfusionMatrix matrix, int truth, int predicted, long all) {
    var names = matrix.classes();
    long count = matrix.count(truth, predicted);
    return truth == predicted
        ? "%s of %s of class %s were recognised"
            .formatted(Words.count(count), Words.count(all), names.get(truth))
        : "%s of class %s %s taken for %s"
            .formatted(
                count == 0 ? "none" : Words.count(count),
                names.get(truth),
                count > 1 ? "were" : "was",
                names.get(predicted));
  }

  private static long all(ConfusionMatrix matrix, int truth) {
    return IntStream.range(0, matrix.classes().size()).mapToLong(p -> matrix.count(truth, p)).sum();
  }

  // ---- for many classes

  private static String picture(ConfusionMatrix matrix) {
    int n = matrix.classes().size();
    var pixels = new byte[n * n * 3];
    for (int t = 0; t < n; t++) {
      long all = Math.max(1, all(matrix, t));
      for (int p = 0; p < n; p++) {
        double depth = Math.sqrt(matrix.count(t, p) / (double) all);
        Colours.heat(depth, pixels, (t * n + p) * 3);
      }
    }
    return """
    <figure class="matrix">%s
    </figure>
    """
        .formatted(
            Pictures.html(
                new Image(n, n, 3, pixels), n, "Confusion matrix of %d classes".formatted(n)));
  }

  private static String classes(ConfusionMatrix matrix) {
    var rows =
        IntStream.range(0, matrix.classes().size())
            .boxed()
            .sorted(Comparator.comparingDouble(matrix::recall))
            .map(
                c ->
                    "<tr><th scope=\"row\">%s</th><td>%s</td><td>%s</td><td>%s</td></tr>\n"
                        .formatted(
                            Html.escape(matrix.classes().get(c)),
                            Words.count(all(matrix, c)),
                            Words.percent(matrix.recall(c), 1),
                            Words.percent(matrix.precision(c), 1)))
            .collect(Collectors.joining());
    return """
    <details><summary>All classes, the least recognised first</summary>
    <div class="scroll tall" tabindex="0" role="region" aria-label="All classes"><table class="numbers">
    <thead><tr><th scope="col">class</th><th scope="col">images</th><th scope="col">recall</th><th scope="col">precision</th></tr></thead>
    <tbody>
    %s</tbody></table></div></details>
    """
        .formatted(rows);
  }

  // ---- the most frequent confusions

  private static String pairs(ConfusionMatrix matrix, int limit) {
    var all = wrong(matrix);
    if (all.isEmpty()) {
      return "<p>Not one image was taken for another class.</p>";
    }
    double most = all.stream().limit(limit).mapToDouble(Pair::share).max().orElse(1);
    var rows =
        all.stream()
            .limit(limit)
            .map(
                p ->
                    """
                    <tr><th scope="row"><b title="%1$s">%1$s</b> → <b title="%2$s">%2$s</b></th><td>%3$s</td><td class="bar" style="--share:%4$d%%">%5$s</td></tr>
                    """
                        .formatted(
                            Html.escape(matrix.classes().get(p.truth)),
                            Html.escape(matrix.classes().get(p.predicted)),
                            Words.count(p.count),
                            Math.round(100 * p.share / most),
                            Words.percent(p.share, 1)))
            .collect(Collectors.joining());
    return """
    <table class="numbers">
    <caption>Most frequent confusions</caption>
    <thead><tr><th scope="col">true → taken for</th><th scope="col">images</th><th scope="col">of the class</th></tr></thead>
    <tbody>
    %s</tbody></table>
    """
        .formatted(rows);
  }

  private static List<Pair> wrong(ConfusionMatrix matrix) {
    int n = matrix.classes().size();
    var pairs = new ArrayList<Pair>();
    for (int t = 0; t < n; t++) {
      double all = all(matrix, t);
      for (int p = 0; p < n; p++) {
        long count = matrix.count(t, p);
        if (t != p && count > 0) {
          pairs.add(new Pair(t, p, count, count / all));
        }
      }
    }
    pairs.sort(Comparator.comparingLong(Pair::count).thenComparingDouble(Pair::share).reversed());
    return pairs;
  }
}
