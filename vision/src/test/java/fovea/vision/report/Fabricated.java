package fovea.vision.report;

import fovea.core.array.Rng;
import fovea.core.optim.Adam;
import fovea.core.optim.Schedule;
import fovea.core.tensor.Precision;
import fovea.core.train.Epoch;
import fovea.core.train.History;
import fovea.vision.data.Dataset;
import fovea.vision.data.Preprocessing;
import fovea.vision.image.Image;
import fovea.vision.model.InputSize;
import fovea.vision.model.Models;
import fovea.vision.run.Evaluation;
import fovea.vision.run.Evaluation.Mistake;
import fovea.vision.run.Machine;
import fovea.vision.run.Predictions;
import fovea.vision.run.Run;
import fovea.vision.run.RunRecord;
import fovea.vision.run.Settings;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;
import java.util.stream.IntStream;

/// A run that never was, for its report.
///
/// @param model name of one
/// @param perClass test images of each class
/// @param wrong how many of each class are taken for the next one
record Fabricated(
    String model, InputSize input, List<String> classes, int perClass, int wrong, History history) {

  /// The probability of what is predicted.
  private static final double SURE = 0.987;

  /// That of the class that was mistaken or nearly so.
  private static final double SLIP = 0.0123;

  static Fabricated plain() {
    return new Fabricated("lenet5", new InputSize(1, 28, 28), names(10), 200, 3, history(8, true));
  }

  Fabricated model(String newModel) {
    return new Fabricated(newModel, input, classes, perClass, wrong, history);
  }

  Fabricated input(InputSize newInput) {
    return new Fabricated(model, newInput, classes, perClass, wrong, history);
  }

  Fabricated classes(List<String> newClasses) {
    return new Fabricated(model, input, newClasses, perClass, wrong, history);
  }

  Fabricated perClass(int newCount, int newWrong) {
    return new Fabricated(model, input, classes, newCount, newWrong, history);
  }

  Fabricated history(History newHistory) {
    return new Fabricated(model, input, classes, perClass, wrong, newHistory);
  }

  static List<String> names(int n) {
    return IntStream.range(0, n).mapToObj(String::valueOf).toList();
  }

  /// Epochs of falling loss; the last but one is the best where there is a validation set.
  static History history(int epochs, boolean validated) {
    var all = new ArrayList<Epoch>();
    for (int e = 1; e <= epochs; e++) {
      boolean last = e == epochs && epochs > 1;
      all.add(
          new Epoch(
              e,
              0.002 / e,
              figures(0.8 / e, 1 - 0.2 / e),
              validated ? figures(0.6 / e, last ? 0.5 : 1 - 0.15 / e) : figures(),
              4.2,
              3100,
              !(validated && last)));
    }
    return new History(all, 100L * epochs, false);
  }

  static SequencedMap<String, Double> figures(double... lossAndAccuracy) {
    var figures = new LinkedHashMap<String, Double>();
    if (lossAndAccuracy.length > 0) {
      figures.put("loss", lossAndAccuracy[0]);
      figures.put("accuracy", lossAndAccuracy[1]);
    }
    return figures;
  }

  Run run(Path folder) {
    var built = Models.build(model, input, classes.size());
    built.network().init(Rng.of(1));
    var versions = new LinkedHashMap<String, String>();
    versions.put("java", "25");
    versions.put("kernels", "none");
    var best = history.best();
    var record =
        new RunRecord(
            "0.1.0",
            RunRecord.Status.FINISHED,
            "2026-01-02T03:04:05Z",
            34.4,
            new RunRecord.Model(model, input, built.network().parameterCount()),
            classes,
            new RunRecord.Data(
                "drawn", "../some data", "0123456789abcdef0123", 10_800, 1_200, 2_000),
            new Preprocessing(
                input.channels(),
                input.height(),
                input.width(),
                Collections.nCopies(input.channels(), 0.1307f),
                Collections.nCopies(input.channels(), 0.3081f)),
            new Settings(8, 64, Adam.adam(0.002), Schedule.cosine(), 0.1, 7, Precision.F32),
            versions,
            new Machine("Linux", "amd64", "a processor", 2, 8L << 30),
            new RunRecord.Figures(
                best == null ? null : best.epoch(), null, null, test().loss(), test().accuracy()));
    return new Run(folder, record, built);
  }

  Evaluation test() {
    int n = classes.size();
    var labels = new int[n * perClass];
    var logs = new float[n * perClass * n];
    for (int i = 0; i < labels.length; i++) {
      int truth = i / perClass;
      int next = (truth + 1) % n;
      labels[i] = truth;
      boolean right = i % perClass >= wrong;
      double rest = (1 - SURE - SLIP) / Math.max(1, n - 2);
      for (int c = 0; c < n; c++) {
        double p = c == (right ? truth : next) ? SURE : c == (right ? next : truth) ? SLIP : rest;
        logs[i * n + c] = (float) Math.log(p);
      }
    }
    var e = Evaluation.of(new Predictions(classes, labels, logs), 0.7);
    // The images of the mistakes are all that there are, see data().
    var worst =
        IntStream.range(0, e.worst().size()).mapToObj(i -> at(i, e.worst().get(i))).toList();
    return new Evaluation(e.loss(), e.confusion(), worst, e.predictions(), e.seconds());
  }

  private static Mistake at(int index, Mistake m) {
    return new Mistake(index, m.truth(), m.predicted(), m.confidence(), m.loss());
  }

  /// As many pictures as there are mistakes: a ramp of brightness each.
  Dataset data() {
    int count = Math.max(1, test().worst().size());
    int size = input.elements();
    var images = new ArrayList<Image>();
    var labels = new int[count];
    for (int i = 0; i < count; i++) {
      var pixels = new byte[size];
      for (int p = 0; p < size; p++) {
        pixels[p] = (byte) (p * 255L / size);
      }
      images.add(new Image(input.height(), input.width(), input.channels(), pixels));
    }
    return Dataset.of("drawn test", classes, images, labels);
  }
}
