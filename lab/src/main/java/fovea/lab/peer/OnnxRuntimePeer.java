package fovea.lab.peer;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import fovea.lab.work.Precision;
import fovea.lab.work.Work;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Random;

/// ONNX Runtime on CPU: inference only, of a model that [OnnxModelMain] wrote.
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
    var file = Path.of(System.getProperty(OnnxModelMain.FOLDER)).resolve(work.name() + ".onnx");
    var session = environment.createSession(file.toString(), options);
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
        work.network() == null ? 0 : work.net().weights());
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
}
