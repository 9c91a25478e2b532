package fovea.vision.report;

import fovea.core.train.Epoch;
import fovea.core.train.History;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SequencedCollection;
import java.util.SequencedMap;
import java.util.SequencedSet;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// What changed from epoch to epoch: charts, which the page's script draws, and a table, which
/// needs no script.
final class Curves {
  private static final String ACCURACY = "accuracy";

  private Curves() {}

  /// What the page's script draws a chart from.
  ///
  /// @param id of its canvas
  /// @param percent whether values are shares to be shown in percent
  /// @param series each a line
  private record Chart(String id, String title, boolean percent, List<Series> series) {
    Map<String, Object> json() {
      var lines = series.stream().map(s -> Map.of("name", s.name, "values", s.values)).toList();
      return Map.of("id", id, "percent", percent, "series", lines);
    }
  }

  /// A line of a chart.
  ///
  /// @param values one for each epoch; null where there is none
  private record Series(String name, List<@Nullable Double> values) {}

  /// The section; empty where nothing was trained step by step.
  static String html(History history, boolean drawn) {
    if (history.epochs().isEmpty()) {
      return "";
    }
    var charts = charts(history);
    var best = history.best();
    int marked = best == null ? 0 : best.epoch();
    var canvases = charts.stream().map(c -> canvas(c, marked)).collect(Collectors.joining());
    var body =
        drawn
            ? """
              <p class="noscript">Without JavaScript there are no curves; the table has their values.</p>
              <div class="charts">
              %s</div>
              %s"""
                .formatted(
                    canvases,
                    Html.json(
                        "curves-data",
                        Map.of(
                            "epochs",
                            history.epochs().stream().map(Epoch::epoch).toList(),
                            "best",
                            marked,
                            "charts",
                            charts.stream().map(Chart::json).toList())))
            : """
              <p>The curves are missing because chart.js was not on the class path; the table has their values.</p>
              """;
    return Html.section("curves", "Learning curves", body + table(history, names(history), !drawn));
  }

  /// The names of all figures, the loss first.
  private static SequencedSet<String> names(History history) {
    var first = history.epochs().getFirst();
    return Stream.of(first.training(), first.validation())
        .map(Map::keySet)
        .flatMap(Collection::stream)
        .collect(Collectors.toCollection(LinkedHashSet::new));
  }

  private static List<Chart> charts(History history) {
    var charts = new ArrayList<Chart>();
    for (var name : names(history)) {
      charts.add(
          new Chart(
              name,
              name.substring(0, 1).toUpperCase(Locale.ROOT) + name.substring(1),
              name.equals(ACCURACY),
              Stream.of(
                      series(history, "training", e -> figure(e.training(), name)),
                      series(history, "validation", e -> figure(e.validation(), name)))
                  .filter(s -> s.values().stream().anyMatch(v -> v != null))
                  .toList()));
    }
    charts.add(
        new Chart("rate", "Learning rate", false, List.of(series(history, "rate", Epoch::rate))));
    return charts;
  }

  private static double figure(SequencedMap<String, Double> figures, String name) {
    return figures.getOrDefault(name, Double.NaN);
  }

  private static Series series(History history, String name, ToDoubleFunction<Epoch> value) {
    var values = new ArrayList<@Nullable Double>();
    for (var epoch : history.epochs()) {
      double v = value.applyAsDouble(epoch);
      values.add(Double.isFinite(v) ? v : null);
    }
    return new Series(name, values);
  }

  private static String canvas(Chart chart, int best) {
    var log =
        chart.id().equals("loss")
            ? """
              <label class="log"><input type="checkbox" data-log="chart-loss"> logarithmic</label>"""
            : "";
    return """
    <figure class="chart"><figcaption>%s%s</figcaption>
    <div><canvas id="chart-%s" role="img" aria-label="%s"></canvas></div></figure>
    """
        .formatted(
            Html.escape(chart.title()),
            log,
            Html.escape(chart.id()),
            Html.escape(inWords(chart, best)));
  }

  /// The chart for those who cannot see it.
  private static String inWords(Chart chart, int best) {
    return chart.series().stream()
        .map(
            s ->
                "%s from %s to %s"
                    .formatted(
                        s.name(),
                        value(chart.percent(), s.values().getFirst()),
                        value(chart.percent(), s.values().getLast())))
        .collect(
            Collectors.joining(
                ", ",
                chart.title() + " by epoch: ",
                best == 0 ? "" : "; the best epoch is " + best));
  }

  private static String value(boolean percent, @Nullable Double value) {
    double v = value == null ? Double.NaN : value;
    return percent ? Words.percent(v, 2) : Words.number(v);
  }

  // ---- the table

  /// A column of the table.
  private record Column(String title, Function<Epoch, String> cell) {}

  private static String table(History history, SequencedCollection<String> names, boolean open) {
    var columns = new ArrayList<Column>();
    for (var name : names) {
      columns.add(
          new Column(
              "training " + name, e -> value(name.equals(ACCURACY), figure(e.training(), name))));
    }
    if (!history.epochs().getFirst().validation().isEmpty()) {
      for (var name : names) {
        columns.add(
            new Column(
                "validation " + name,
                e -> value(name.equals(ACCURACY), figure(e.validation(), name))));
      }
    }
    columns.add(new Column("learning rate", e -> Words.number(e.rate())));
    columns.add(new Column("time", e -> Words.duration(e.seconds())));
    columns.add(new Column("images/s", e -> Words.count(Math.round(e.samplesPerSecond()))));
    return """
    <details%s><summary>All epochs as a table</summary>
    <div class="scroll" tabindex="0" role="region" aria-label="All epochs"><table class="numbers">
    <thead><tr><th scope="col">epoch</th>%s</tr></thead>
    <tbody>
    %s</tbody></table></div></details>
    """
        .formatted(
            open ? " open" : "",
            columns.stream()
                .map(c -> "<th scope=\"col\">" + Html.escape(c.title) + "</th>")
                .collect(Collectors.joining()),
            rows(history, columns));
  }

  private static String rows(History history, List<Column> columns) {
    var best = history.best();
    return history.epochs().stream()
        .map(
            e ->
                columns.stream()
                    .map(c -> "<td>" + c.cell.apply(e) + "</td>")
                    .collect(
                        Collectors.joining(
                            "",
                            e.equals(best)
                                ? "<tr class=\"best\"><th scope=\"row\">%d (best)</th>"
                                    .formatted(e.epoch())
                                : "<tr><th scope=\"row\">%d</th>".formatted(e.epoch()),
                            "</tr>\n")))
        .collect(Collectors.joining());
  }
}
