package fovea.vision.run;

import fovea.core.loss.Loss;
import fovea.core.metric.Accuracy;
import fovea.core.nn.Layer;
import fovea.core.tensor.Precision;
import fovea.core.train.Measured;
import fovea.core.train.Objective;
import fovea.vision.data.Batch;
import java.util.Map;

/// To tell classes apart: a loss of the logits, with the accuracy beside it. For mixtures of images
/// the target is the share of each class; right is then what there is most of.
///
/// @param network images → logits
/// @param loss which gets logits, labels and shares in its own form, see [ClassLoss]
/// @param precision that the network computes in
public record Classification(Layer network, Loss loss, Precision precision)
    implements Objective<Batch> {
  @Override
  public Measured measure(Batch batch) {
    var logits = precision.run(() -> network.forward(batch.x()));
    int n = batch.indices().length;
    return new Measured(
        ClassLoss.of(loss, logits, batch.y(), batch.shares()),
        n,
        Map.of("accuracy", Accuracy.correct(logits.detach(), batch.y()) / (double) n));
  }
}
