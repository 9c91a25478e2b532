package fovea.lab.parity;

import static fovea.lab.parity.Row.libtorch;

import fovea.core.loss.CrossEntropy;
import fovea.core.loss.Loss;
import fovea.core.loss.MeanSquaredError;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.global.torch;

/// Losses.
final class LossRows {
  /// PyTorch's number for "the mean".
  static final long MEAN = 1;

  private LossRows() {}

  static List<Row> all() {
    var rows = new ArrayList<Row>();
    rows.add(
        libtorch(
            "loss.MeanSquaredError",
            d -> {
              var shape = d.shape(d.in(1, 4), 7);
              return of(
                  "",
                  new MeanSquaredError(),
                  d.normal("prediction", shape),
                  d.normal("target", shape).constant(),
                  o -> torch.mse_loss(o.get(0), o.get(1), MEAN));
            }));
    rows.add(crossEntropy("loss.CrossEntropy", false));
    rows.add(crossEntropy("loss.CrossEntropy: pixels", true));
    return rows;
  }

  /// A loss of a prediction and a target.
  static Case of(
      String options,
      Loss loss,
      Input prediction,
      Input target,
      Function<Torch.Operands, org.bytedeco.pytorch.Tensor> theirs) {
    return Case.of(
        options, List.of(prediction, target), t -> loss.of(t.get(0), t.get(1)), Torch.of(theirs));
  }

  private static Row crossEntropy(String name, boolean pixels) {
    return libtorch(
        name,
        d -> {
          int classes = d.in(2, 12);
          var labels = pixels ? d.shape(3, 6) : d.shape(1, 20);
          double smoothing = d.of(0.0, 0.1, 0.4);
          boolean ignoring = d.coin() && labels.elements() > 4;
          var target = d.index("target", classes, labels);
          // Some label that is sure to leave something over.
          int ignored = ignoring ? (int) target.values()[0] : -100;
          boolean some = java.util.Arrays.stream(target.values()).anyMatch(v -> v != ignored);
          var plain = new CrossEntropy().smoothing(smoothing);
          return of(
              "smoothing %s, ignored %d".formatted(smoothing, some ? ignored : -100),
              some ? plain.ignoring(ignored) : plain,
              d.uniform("prediction", -9, 9, labels.insert(1, classes)),
              target,
              o ->
                  torch.cross_entropy_loss(
                      o.get(0),
                      o.get(1),
                      new TensorOptional(),
                      MEAN,
                      some ? ignored : -100,
                      smoothing));
        });
  }
}
