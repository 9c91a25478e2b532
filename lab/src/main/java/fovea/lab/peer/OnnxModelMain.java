package fovea.lab.peer;

import fovea.core.tensor.Tensor;
import fovea.lab.work.Work;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.Random;

/// Writes the ONNX model of a work, in a process of its own, so that what that takes is not counted
/// as ONNX Runtime's memory. Its weights are those of the Fovea model where there is one whose
/// names fit, else random; the speed does not depend on them.
public final class OnnxModelMain {
  /// The property that names the folder of the models.
  public static final String FOLDER = "fovea.lab.models";

  private OnnxModelMain() {}

  /// Writes the model of the work named.
  public static void main(String[] args) throws IOException {
    var work = Work.of(args[0]);
    var state = foveaState(work);
    var folder = Path.of(System.getProperty(FOLDER));
    Files.createDirectories(folder);
    Files.write(
        folder.resolve(work.name() + ".onnx"),
        OnnxWriter.write(work, (name, shape) -> weights(state, name, shape)));
    System.exit(0);
  }

  private static Map<String, Tensor> foveaState(Work work) {
    if (work.network() == null) {
      return Map.of();
    }
    try {
      return FoveaNetworks.build(work).state();
    } catch (Unavailable e) {
      System.err.println(e.getMessage() + "; ONNX Runtime gets random weights");
      return Map.of();
    }
  }

  private static float[] weights(Map<String, Tensor> state, String name, int... shape) {
    var known = state.get(name);
    if (known != null && Arrays.equals(known.shape().sizes(), shape)) {
      return known.toFloats();
    }
    if (!state.isEmpty()) {
      System.err.println("Fovea's model has no \"" + name + "\" of that shape; random weights");
    }
    int n = Arrays.stream(shape).reduce(1, Math::multiplyExact);
    var values = new float[n];
    double limit = Math.sqrt(shape.length == 1 ? 1 : (double) shape[0] / n);
    var random = new Random(name.hashCode());
    for (int i = 0; i < n; i++) {
      // Variances and scales must be positive, and the rest may be.
      values[i] = (float) (limit * (shape.length == 1 ? 1 : random.nextDouble(-1, 1)));
    }
    return values;
  }
}
