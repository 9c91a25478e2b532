package fovea.app;

import fovea.vision.train.CrossValidation;
import fovea.vision.train.Training;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/// What `fovea train` says of what came out, for people or for programs.
///
/// @param json whether it is for a program
record TrainResults(Console console, boolean json) {

  void print(Training.Outcome outcome) {
    if (json) {
      Json.print(console, json(outcome));
    } else {
      say(outcome);
    }
  }

  void print(Training training, int k, CrossValidation.Outcome outcome) {
    if (json) {
      Json.print(console, json(training, k, outcome));
    } else {
      say(k, outcome);
    }
  }

  private void say(int k, CrossValidation.Outcome outcome) {
    var table = new Table("fold", ">images", ">right", ">loss");
    for (int i = 0; i < outcome.runs().size(); i++) {
      var run = outcome.runs().get(i);
      table.row(
          String.valueOf(i + 1),
          Text.count(run.data().test()),
          Text.percent(figure(run.figures().testAccuracy())),
          Text.loss(figure(run.figures().testLoss())));
    }
    table.print(console, "");
    if (!outcome.interrupted()) {
      console
          .out()
          .printf(
              "%s right, deviation %s over %s%n",
              console.strong(Text.percent(outcome.mean())),
              Text.percent(outcome.deviation()),
              Text.count(k, "fold", "folds"));
    }
  }

  private static double figure(@Nullable Double value) {
    return value == null ? Double.NaN : value;
  }

  private static JsonNode json(Training training, int k, CrossValidation.Outcome outcome) {
    var json =
        Json.object()
            .put("model", training.model())
            .put("data", training.data().name())
            .put("run", training.folder().toString())
            .put("folds", k);
    json.set("accuracy", Json.number(outcome.mean()));
    json.set("deviation", Json.number(outcome.deviation()));
    json.put("seed", training.settings().seed())
        .put("status", outcome.interrupted() ? "interrupted" : "finished");
    var accuracies = json.putArray("accuracies");
    outcome.accuracies().forEach(accuracies::add);
    return json;
  }

  private void say(Training.Outcome outcome) {
    var test = outcome.test();
    if (test == null) {
      return;
    }
    var record = outcome.run().record();
    var best = record.figures().bestEpoch();
    var out = console.out();
    out.printf(
        "%s of %s right, loss %s%n",
        console.strong(Text.percent(test.accuracy())),
        Text.count(test.confusion().total(), "test image", "test images"),
        Text.loss(test.loss()));
    out.printf(
        "%s in %s%n",
        outcome.history().epochs().isEmpty()
            ? "fitted"
            : best == null || record.data().validation() == 0
                ? Text.count(record.settings().epochs(), "epoch", "epochs")
                : "best epoch %d of %d".formatted(best, outcome.history().epochs().size()),
        Text.seconds(record.seconds()));
    int epochs = outcome.history().epochs().size();
    if (epochs > 0 && epochs < record.settings().epochs()) {
      out.printf(
          "ended after %s, %d of them without a better one%n",
          Text.count(epochs, "epoch", "epochs"), record.settings().patience());
    }
    if (epochs > 0) {
      out.printf("waited for images %s of the time of training%n", Text.percent(outcome.waiting()));
    }
    out.println("report: " + outcome.run().folder().resolve("report.html"));
  }

  private static JsonNode json(Training.Outcome outcome) {
    var record = outcome.run().record();
    var f = record.figures();
    return Json.object()
        .put("model", record.model().name())
        .put("data", record.data().name())
        .put("accuracy", f.testAccuracy())
        .put("loss", f.testLoss())
        .put("seconds", record.seconds())
        .put("waiting", outcome.waiting())
        .put("seed", record.settings().seed())
        .put("run", outcome.run().folder().toString())
        .put("status", record.status().name().toLowerCase(Locale.ROOT))
        .put("parameters", record.model().parameters())
        .put("epochs", record.settings().epochs())
        .put("bestEpoch", f.bestEpoch())
        .put("validationAccuracy", f.validationAccuracy())
        .put("validationLoss", f.validationLoss());
  }
}
