package fovea.core.nn;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import fovea.core.array.DType;
import fovea.core.array.Rng;
import fovea.core.array.Shape;
import fovea.core.tensor.Tensor;
import java.util.List;
import org.junit.jupiter.api.Test;

class BatchStatisticsTest {
  private static Tensor batch(int seed, int n) {
    return Tensor.normal(Rng.of(seed), seed, 2, Shape.of(n, 3), DType.F64);
  }

  /// PyTorch's update_bn: the mean over batches, each alike, of mean and unbiased variance.
  @Test
  void statisticsAreTheMeanOfThoseOfTheBatches() {
    var norm = new BatchNorm1d(3);
    norm.to(DType.F64);
    var batches = List.of(batch(1, 5), batch(2, 9), batch(3, 4));
    BatchStatistics.update(norm, batches.iterator(), norm::forward, i -> new Mode.Train(Rng.of(i)));
    var mean = new double[3];
    var variance = new double[3];
    for (var batch : batches) {
      var values = batch.toDoubles();
      int n = batch.shape().size(0);
      for (int c = 0; c < 3; c++) {
        double sum = 0;
        for (int i = 0; i < n; i++) {
          sum += values[i * 3 + c];
        }
        double squares = 0;
        for (int i = 0; i < n; i++) {
          squares += Math.pow(values[i * 3 + c] - sum / n, 2);
        }
        mean[c] += sum / n / 3;
        variance[c] += squares / (n - 1) / 3;
      }
    }
    assertArrayEquals(mean, norm.statistics().get(0).toDoubles(), 1e-12);
    assertArrayEquals(variance, norm.statistics().get(1).toDoubles(), 1e-12);
  }

  @Test
  void formerStatisticsComeBackToTheBit() {
    var model = Sequential.of(new Linear(3, 3), new BatchNorm1d(3));
    model.to(DType.F64);
    model.initMissing(Rng.of(1));
    Mode.training(Rng.of(1), () -> model.forward(batch(1, 6)));
    var before = model.state().get("1.running_var");
    if (before == null) {
      throw new AssertionError();
    }
    var values = before.toDoubles();
    double inside =
        BatchStatistics.restoring(
            model,
            () -> {
              BatchStatistics.update(
                  model,
                  List.of(batch(5, 6)).iterator(),
                  model::forward,
                  i -> new Mode.Train(Rng.of(i)));
              return before.toDoubles()[0];
            });
    assertTrue(inside != values[0]);
    assertArrayEquals(values, before.toDoubles());
  }

  @Test
  void modelsWithoutStatisticsAreLeftAlone() {
    assertFalse(BatchStatistics.has(new Linear(2, 2)));
    assertFalse(
        BatchStatistics.has(
            new BatchNorm1d(2, BatchNorm.Options.DEFAULT.withoutRunningStatistics())));
    var frozen = new BatchNorm1d(2);
    frozen.freeze();
    assertFalse(BatchStatistics.has(frozen));
    int[] asked = {0};
    BatchStatistics.update(
        frozen, List.of(1).iterator(), _ -> asked[0]++, i -> new Mode.Train(Rng.of(i)));
    assertEquals(0, asked[0]);
  }
}
