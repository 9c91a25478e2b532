package fovea.app;

import fovea.core.train.Epoch;
import fovea.core.train.Listener;
import fovea.core.train.Progress;
import java.util.Locale;
import java.util.Map;

/// Shows how a training goes.
sealed interface ProgressView extends Listener, AutoCloseable
    permits ProgressBarView, ProgressLines, ProgressView.None {

  /// The view that suits a console.
  ///
  /// @param epochs that will be trained in all
  static ProgressView of(Console console, int epochs) {
    return console.isAnimated()
        ? new ProgressBarView(console, epochs)
        : new ProgressLines(console, epochs);
  }

  /// The user asked to stop; called on any thread.
  void stopping();

  @Override
  void close();

  /// Shows nothing.
  final class None implements ProgressView {
    @Override
    public void stopping() {}

    @Override
    public void close() {}
  }

  /// What is said when the user asked to stop.
  String STOPPING = "stopping after this step (press Ctrl-C again to stop at once) …";

  /// `epoch 3/8`, of constant length.
  static String epoch(int epoch, int epochs) {
    var all = Integer.toString(epochs);
    return ("epoch %" + all.length() + "d/%s").formatted(epoch, all);
  }

  /// `loss 0.1234 accuracy 96.20 %`
  static String figures(Map<String, Double> figures) {
    return "loss %s  accuracy %8s".formatted(loss(figures), accuracy(figures));
  }

  /// The names of the columns that [#row] fills, short enough for a line of 80 characters.
  static String header(Epoch e) {
    return "%7s %9s %9s%s %9s"
        .formatted(
            "epoch",
            "loss",
            "accuracy",
            e.validation().isEmpty() ? "" : " %16s %9s".formatted("validation loss", "accuracy"),
            "time");
  }

  /// A finished epoch.
  static String row(Epoch e, int epochs) {
    var validation = e.validation();
    return "%7s %9s %9s%s %9s%s"
        .formatted(
            e.epoch() + "/" + epochs,
            loss(e.training()),
            accuracy(e.training()),
            validation.isEmpty()
                ? ""
                : " %16s %9s".formatted(loss(validation), accuracy(validation)),
            Text.seconds(e.seconds()),
            e.best() && !validation.isEmpty() ? "  best so far" : "");
  }

  private static String loss(Map<String, Double> figures) {
    return Text.loss(figures.getOrDefault("loss", Double.NaN));
  }

  private static String accuracy(Map<String, Double> figures) {
    return Text.percent(figures.getOrDefault("accuracy", Double.NaN));
  }

  /// `12,345 images/s`
  static String rate(Progress p) {
    return String.format(Locale.ROOT, "%,.0f images/s", p.samplesPerSecond());
  }
}
