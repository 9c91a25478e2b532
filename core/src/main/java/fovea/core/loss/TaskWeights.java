package fovea.core.loss;

import fovea.core.array.Shape;
import fovea.core.array.ShapeException;
import fovea.core.nn.Init;
import fovea.core.nn.Layer;
import fovea.core.nn.Parameter;
import fovea.core.tensor.Tensor;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// One loss of several tasks: their sum with weights, which are given, or learned as each task's
/// uncertainty (Kendall, Gal & Cipolla 2018, equation 10): Σ exp(−sᵢ)·lossᵢ + sᵢ/2, with sᵢ = log
/// σᵢ², so that what can hardly be told is asked less of.
///
/// **Shapes**: `x [T]`, the tasks' losses → `[]`; state `log_vars [T]` where they are learned, from
/// 0. Add it to what is trained, as a child of the model.
public final class TaskWeights extends Layer {
  private final int tasks;
  private final @Nullable List<Double> given;
  private final @Nullable Parameter logVariances;

  private TaskWeights(int tasks, @Nullable List<Double> given) {
    this.tasks = tasks;
    this.given = given;
    logVariances = given == null ? param("log_vars", Shape.of(tasks), Init.constant(0)) : null;
  }

  /// Weights that stay as they are.
  public static TaskWeights fixed(List<Double> weights) {
    return new TaskWeights(weights.size(), List.copyOf(weights));
  }

  /// Weights that are learned.
  public static TaskWeights learned(int tasks) {
    return new TaskWeights(tasks, null);
  }

  /// The one loss.
  ///
  /// @param losses of the tasks, of shape [] each
  public Tensor of(List<Tensor> losses) {
    if (losses.isEmpty()) {
      throw new ShapeException("taskWeights", "there is no loss");
    }
    return forward(Tensor.concat(0, losses.stream().map(l -> l.reshape(1)).toList()));
  }

  @Override
  protected Tensor compute(Tensor x) {
    if (!x.shape().equals(Shape.of(tasks))) {
      throw new ShapeException(
          "taskWeights", "%s are not the losses of %d tasks".formatted(x.shape(), tasks));
    }
    if (logVariances != null) {
      var s = logVariances.get();
      return s.neg().exp().mul(x).add(s.mul(0.5)).sum();
    }
    var weights = given == null ? List.<Double>of() : given;
    var values = weights.stream().mapToDouble(w -> w).toArray();
    return Tensor.of(values, Shape.of(tasks)).to(x.dtype()).mul(x).sum();
  }

  @Override
  public String describe() {
    return "TaskWeights(%s)".formatted(given == null ? tasks + ", learned" : given);
  }
}
