package fovea.vision.report;

import fovea.core.FoveaException;
import fovea.core.io.AtomicFile;
import fovea.core.memory.Scope;
import fovea.core.train.History;
import fovea.vision.data.Dataset;
import fovea.vision.run.Evaluation;
import fovea.vision.run.Run;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;

/// The report of a run, as one HTML file that loads nothing else: the figures, the settings, the
/// curves, who was taken for whom, the worst mistakes as pictures, and what the first layer looks
/// for.
public final class Report {
  /// The file's name in the run's folder.
  public static final String FILE = "report.html";

  private Report() {}

  /// Writes `report.html` into the run's folder, whole or not at all, replacing an earlier one.
  ///
  /// @param history of its training
  /// @param test how good its model is on the test images
  /// @param testData these images, for the pictures
  /// @return where it lies
  /// @throws FoveaException naming the file when it cannot be written
  public static Path write(Run run, History history, Evaluation test, Dataset testData) {
    var file = run.folder().resolve(FILE);
    var page = page(run, history, test, testData).getBytes(StandardCharsets.UTF_8);
    AtomicFile.write(file, out -> out.write(page));
    return file;
  }

  private static String page(Run run, History history, Evaluation test, Dataset testData) {
    var name = run.record().model().name() + " on " + run.record().data().name();
    var scripts = new ArrayList<String>();
    var charts = Resources.chartJs();
    if (charts != null) {
      scripts.add(charts);
      scripts.add(Resources.read("report.js"));
    }
    try (var _ = Scope.open("report")) {
      return """
      <!doctype html>
      <html lang="en">
      <head>
      <meta charset="utf-8">
      <meta name="viewport" content="width=device-width, initial-scale=1">
      <meta name="color-scheme" content="light dark">
      <meta name="generator" content="Fovea %s">
      <meta http-equiv="Content-Security-Policy" content="%s">
      <title>%s · Fovea</title>
      <link rel="icon" href="data:,">
      <style>
      %s</style>
      </head>
      <body>
      <main>
      %s
      %s
      %s
      %s
      %s
      %s
      %s
      %s
      </main>
      %s
      </body>
      </html>
      """
          .formatted(
              Html.escape(run.record().fovea()),
              Html.contentPolicy(scripts),
              Html.escape(name),
              Resources.read("report.css"),
              Headline.html(name, run.record(), history, test),
              Curves.html(history, charts != null),
              Measures.html(test, charts != null),
              Confusions.html(test.confusion()),
              Mistakes.html(test, testData),
              Filters.html(run.model(), run.record().classes()),
              Facts.html(run.record()),
              Commands.html(run),
              Html.scripts(scripts));
    }
  }
}
