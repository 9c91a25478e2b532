package fovea.core.train;

import fovea.core.FoveaException;
import fovea.core.io.Safetensors;
import fovea.core.memory.Scope;
import fovea.core.nn.Layer;
import fovea.core.optim.Optimizer;
import fovea.core.tensor.Tensor;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;

/// Where a training stands: a file with the model's state (`model.…`), the optimizer's
/// (`optimizer.…`) and, in its metadata, this record. A training that goes on from it makes the
/// same bits as one that was never stopped.
///
/// @param step updates made
/// @param epoch the epoch under way, counted from 0
/// @param batch batches of it that were used
/// @param sums figures of that epoch so far, summed over `samples`
/// @param samples of that epoch so far
/// @param seconds spent on that epoch so far
/// @param epochs those that were finished
public record Checkpoint(
    long step,
    int epoch,
    int batch,
    SequencedMap<String, Double> sums,
    long samples,
    double seconds,
    List<Epoch> epochs) {
  private static final String KEY = "fovea.checkpoint";
  private static final String MODEL = "model.";
  private static final String OPTIMIZER = "optimizer.";
  private static final JsonMapper JSON = JsonMapper.shared();

  static Checkpoint start() {
    return new Checkpoint(0, 0, 0, new LinkedHashMap<>(), 0, 0, List.of());
  }

  /// Writes it whole or not at all.
  void save(Path file, Layer model, Optimizer optimizer) {
    var tensors = new LinkedHashMap<String, Tensor>();
    model.state().forEach((name, t) -> tensors.put(MODEL + name, t));
    optimizer.state().forEach((name, t) -> tensors.put(OPTIMIZER + name, t));
    Safetensors.write(file, tensors, Map.of(KEY, JSON.writeValueAsString(this)));
  }

  /// Reads it into a model and an optimizer.
  ///
  /// @throws FoveaException when the file is not a checkpoint, or one of another model
  static Checkpoint load(Path file, Layer model, Optimizer optimizer) {
    try (var _ = Scope.open("loading " + file)) {
      var contents = Safetensors.read(file);
      var json = contents.metadata().get(KEY);
      if (json == null) {
        throw new FoveaException(file + " holds tensors, but not where a training stands");
      }
      try {
        var checkpoint = JSON.readValue(json, Checkpoint.class);
        model.load(part(contents.tensors(), MODEL));
        optimizer.load(part(contents.tensors(), OPTIMIZER));
        return checkpoint;
      } catch (JacksonException e) {
        throw new FoveaException(
            file + " says in a way that cannot be read where its training stands", e);
      } catch (FoveaException e) {
        throw new FoveaException(file + " cannot be continued from: " + e.getMessage(), e);
      }
    }
  }

  private static Map<String, Tensor> part(Map<String, Tensor> all, String prefix) {
    var part = new LinkedHashMap<String, Tensor>();
    all.forEach(
        (name, t) -> {
          if (name.startsWith(prefix)) {
            part.put(name.substring(prefix.length()), t);
          }
        });
    return part;
  }
}
