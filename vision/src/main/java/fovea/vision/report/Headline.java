package fovea.vision.report;

import fovea.core.metric.Interval;
import fovea.core.train.Epoch;
import fovea.core.train.History;
import fovea.vision.run.Evaluation;
import fovea.vision.run.RunRecord;
import java.util.Locale;

/// The top of the page: what was trained, and how good it is, in large figures.
final class Headline {
  private static final String MARK =
      """
      <svg viewBox="0 0 32 32" width="28" height="28" aria-hidden="true"><circle cx="16" cy="16" r="14.5" fill="none" \
      stroke="currentColor" stroke-width="1.5" opacity=".35"/><circle cx="16" cy="16" r="9.5" fill="none" \
      stroke="currentColor" stroke-width="2.5" opacity=".65"/><circle cx="16" cy="16" r="4.5" fill="currentColor"/></svg>\
      """;

  private Headline() {}

  static String html(String name, RunRecord record, History history, Evaluation test) {
    return """
    <header>
    <p class="brand">%s<span>Fovea</span> training report</p>
    <h1>%s</h1>
    <p class="lead">%s</p>
    <div class="figures">
    %s<div class="tiles">
    %s</div></div>
    </header>
    """
        .formatted(MARK, Html.escape(name), lead(record), hero(test), tiles(record, history, test));
  }

  private static String lead(RunRecord record) {
    var data = record.data();
    var status = record.status().name().toLowerCase(Locale.ROOT);
    return "Trained on %s to tell %s apart. Started %s; %s."
        .formatted(
            Words.count(data.train(), "image", "images"),
            Words.count(record.classes().size(), "class", "classes"),
            Html.escape(record.started().replace('T', ' ').replace("Z", " UTC")),
            status);
  }

  private static String hero(Evaluation test) {
    long n = test.confusion().total();
    long wrong = n - Math.round(test.accuracy() * n);
    return """
    <div class="hero"><p class="label">Test accuracy</p>
    <p class="value">%s</p>
    <p class="note">%s of %s wrong<br>95&nbsp;%% interval: %s</p></div>
    """
        .formatted(
            Words.percent(test.accuracy(), 2),
            Words.count(wrong),
            Words.count(n, "test image", "test images"),
            interval(test));
  }

  /// Where the accuracy on all images of this kind lies with 95 % confidence (Wilson 1927): what
  /// two runs must differ by before one is better.
  private static String interval(Evaluation test) {
    long n = test.confusion().total();
    if (n == 0) {
      return "–";
    }
    var interval = Interval.wilson(Math.round(test.accuracy() * n), n, 0.95);
    return Words.hundredths(interval.low(), 1) + "–" + Words.percent(interval.high(), 1);
  }

  private static String tiles(RunRecord record, History history, Evaluation test) {
    var best = history.best();
    var tiles = new StringBuilder();
    if (best != null) {
      tiles.append(
          Html.tile(
              "Best epoch",
              Words.count(best.epoch()),
              "of " + Words.count(record.settings().epochs()) + chosenBy(best)));
    }
    var validation =
        best == null ? record.figures().validationAccuracy() : best.validation().get("accuracy");
    if (validation != null) {
      tiles.append(
          Html.tile(
              "Validation accuracy",
              Words.percent(validation, 2),
              "on " + Words.count(record.data().validation(), "image", "images") + " held out"));
    }
    tiles.append(Html.tile("Test loss", Words.number(test.loss()), "cross-entropy, nats"));
    tiles.append(
        Html.tile(
            "Parameters",
            Words.count(record.model().parameters()),
            "for images of " + Html.escape(record.model().input().toString())));
    int epochs = history.epochs().size();
    tiles.append(
        Html.tile(
            "Time",
            Words.duration(record.seconds()),
            epochs == 0
                ? "to fit and to measure"
                : "for " + Words.count(epochs, "epoch", "epochs")));
    history.epochs().stream()
        .mapToDouble(Epoch::samplesPerSecond)
        .filter(Double::isFinite)
        .average()
        .ifPresent(
            rate ->
                tiles.append(
                    Html.tile("Speed", Words.count(Math.round(rate)), "images/s in training")));
    return tiles.toString();
  }

  private static String chosenBy(Epoch best) {
    return best.validation().isEmpty() ? ", the last: none held out" : ", by the images held out";
  }
}
