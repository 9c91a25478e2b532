package fovea.lab.peer;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import fovea.core.tensor.Tensor;
import fovea.lab.work.Precision;
import fovea.lab.work.Work;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;

/// ONNX Runtime on CPU: inference only. Its weights are those of the Fovea model where there is one
/// whose names fit; the speed does not depend on them.
final class OnnxRuntimePeer implements Peer {

  @Override
  public String version() {
    return "ONNX Runtime " + OrtEnvironment.getEnvironment().getVersion();
  }

  @Override
  public Prepared prepare(Work work, Precision precision, Configuration configuration)
      throws OrtException {
    if (work.task() == Work.Task.TRAIN) {
      throw new Unavailable("ONNX Runtime only infers");
    }
    if (precision != Precision.F32) {
      throw new Unavailable("ONNX Runtime has no bf16 kernels for CPUs");
    }
    var environment = OrtEnvironment.getEnvironment();
    var options = new OrtSession.SessionOptions();
    options.setIntraOpNumThreads(configuration.threads());
    options.setInterOpNumThreads(1);
    options.setOptimizationLevel(OrtSession.SessionOptions.OptLevel.ALL_OPT);
    var state = foveaState(work);
    var model = OnnxWriter.write(work, (name, shape) -> weights(state, name, shape));
    var session = environment.createSession(model.bytes(), options);
    var inputs = new HashMap<String, OnnxTensor>();
    long[] shape =
        switch (work.task()) {
          case INFER -> Arrays.stream(work.inputShape()).asLongStream().toArray();
          case MATMUL -> new long[] {work.batch(), work.batch()};
          default -> new long[] {work.batch()};
        };
    for (var name : session.getInputNames()) {
      inputs.put(name, random(environment, shape));
    }
    return new Prepared(
        () -> {
          try (var _ = session.run(inputs)) {
            // Only the run counts.
          } catch (OrtException e) {
            throw new IllegalStateException(e);
          }
        },
        model.weights());
  }

  private static OnnxTensor random(OrtEnvironment environment, long[] shape) throws OrtException {
    int n = (int) Arrays.stream(shape).reduce(1, Math::multiplyExact);
    var values = ByteBuffer.allocateDirect(4 * n).order(ByteOrder.nativeOrder()).asFloatBuffer();
    var random = new Random(1);
    for (int i = 0; i < n; i++) {
      values.put(i, (float) random.nextGaussian());
    }
    return OnnxTensor.createTensor(environment, values, shape);
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
