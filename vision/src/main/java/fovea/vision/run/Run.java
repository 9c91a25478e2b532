package fovea.vision.run;

import fovea.core.FoveaException;
import fovea.core.io.Safetensors;
import fovea.core.memory.Scope;
import fovea.core.nn.Mode;
import fovea.core.train.Trainer;
import fovea.vision.data.Dataset;
import fovea.vision.image.Image;
import fovea.vision.model.Classifier;
import fovea.vision.model.Models;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/// A run at work: the best model that a training left, with what its images go through.
///
/// ```java
/// var run = Run.open(Path.of("runs/lenet5-digits-1"));
/// run.predict(Images.read(Path.of("seven.png"))).getFirst();   // 7, 0.998
/// ```
///
/// Several threads may use one run.
///
/// @param folder where it lies
/// @param record all that is known of it
/// @param model with the weights of its best epoch
public record Run(Path folder, RunRecord record, Classifier model) {

  /// A class and how probable the model thinks it.
  ///
  /// @param probability in [0, 1]; over all classes they sum to 1
  public record Prediction(String label, double probability) {}

  /// Opens the folder of a run.
  ///
  /// @throws FoveaException when it is not one, has no weights yet, or they are of another model
  public static Run open(Path folder) {
    var record = RunRecord.read(folder);
    var file = folder.resolve(Trainer.BEST);
    if (!Files.exists(file)) {
      throw new FoveaException(
          "%s has no %s: it ended before its first epoch".formatted(folder, Trainer.BEST));
    }
    Classifier model;
    try (var _ = Scope.open("loading " + file)) {
      model =
          Models.restore(
              record.model().name(),
              record.model().input(),
              record.classes().size(),
              Safetensors.read(file).tensors());
    } catch (FoveaException e) {
      throw new FoveaException(
          e.getMessage().contains(file.toString()) ? e.getMessage() : file + ": " + e.getMessage(),
          e);
    }
    return new Run(folder, record, model);
  }

  /// Measures the model on a set with the same classes and images of the size it was trained on.
  ///
  /// @param resize whether images of another size are brought to it; else they are an error
  public Evaluation evaluate(Dataset data, boolean resize) {
    if (!data.classes().equals(record.classes())) {
      throw new FoveaException(
          "%s was trained to tell %s apart, but %s has the classes %s"
              .formatted(folder, brief(record.classes()), data.name(), brief(data.classes())));
    }
    var first = data.image(0);
    var input = record.model().input();
    if (!resize
        && (first.height() != input.height()
            || first.width() != input.width()
            || first.channels() != input.channels())) {
      throw new FoveaException(
          "%s takes images of %s, but %s has %s ones; say that they may be resized, or evaluate on others"
              .formatted(folder, input, data.name(), first));
    }
    return Evaluation.of(model, record.preprocessing(), data);
  }

  private static String brief(List<String> names) {
    return names.size() <= 5
        ? String.join(", ", names)
        : String.join(", ", names.subList(0, 4)) + " … (" + names.size() + ")";
  }

  /// What an image shows, most probable first; it is brought to the model's size.
  public List<Prediction> predict(Image image) {
    try (var _ = Scope.open("prediction")) {
      var x = record.preprocessing().tensor(image);
      var p = Mode.evaluating(() -> model.network().forward(x).softmax(1)).toFloats();
      return IntStream.range(0, p.length)
          .mapToObj(i -> new Prediction(record.classes().get(i), p[i]))
          .sorted(Comparator.comparingDouble(Prediction::probability).reversed())
          .toList();
    }
  }
}
