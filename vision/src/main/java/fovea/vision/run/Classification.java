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
/// @param loss of logits and labels, or of logits and shares
/// @param precision that the network computes in
public record Classification(Layer network, Loss loss, Precision precision)
    implements Objective<Batch> {
  @Override
  public Measured measure(Batch batch) {
    var logits = precision.run(() -> network.forward(batch.x()));
    int n = batch.indices().length;
    var shares = batch.shares();
    return new Measured(
        loss.of(logits, shares == null ? batch.y() : shares.to(logits.dtype())),
        n,
        Map.of("accuracy", Accuracy.correct(logits.detach(), batch.y()) / (double) n));
  }
}
