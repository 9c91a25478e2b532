package fovea.core.nn;

import fovea.core.kernel.Kernels;
import fovea.core.memory.Scope;
import fovea.core.tensor.Graph;
import fovea.core.tensor.Tensor;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.LongFunction;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// Batch norm's running statistics, found anew: where parameters have been averaged over steps,
/// those that training left belong to other parameters (Izmailov et al. 2018, "Averaging weights
/// leads to wider optima and better generalization", section 3.2; PyTorch's
/// `torch.optim.swa_utils.update_bn`).
public final class BatchStatistics {
  /// How many batches each batch norm has seen; bound while statistics are found anew.
  static final ScopedValue<Map<BatchNorm, Integer>> SEEN = ScopedValue.newInstance();

  private BatchStatistics() {}

  /// Whether a model has batch norms with running statistics that are not frozen.
  public static boolean has(Layer model) {
    return !norms(model).isEmpty();
  }

  /// Makes the running statistics the mean of those of some batches, each alike, by the parameters
  /// as they are now.
  ///
  /// **Differs** from PyTorch, which leaves statistics as they were reset where there is no batch:
  /// this leaves them as they were.
  ///
  /// @param batches usually all of the training set
  /// @param forward runs the model on a batch
  /// @param mode of each batch, by its number from 0: training, with chance of its own, so that
  ///   dropout is at work as it was in training
  public static <B extends @Nullable Object> void update(
      Layer model, Iterator<B> batches, Consumer<B> forward, LongFunction<Mode.Train> mode) {
    if (!has(model)) {
      return;
    }
    var seen = new IdentityHashMap<BatchNorm, Integer>();
    ScopedValue.where(SEEN, seen)
        .run(
            () -> {
              for (long i = 0; batches.hasNext(); i++) {
                try (var _ = Scope.open("batch statistics")) {
                  var batch = batches.next();
                  Mode.training(
                      mode.apply(i).rng(),
                      () ->
                          Graph.unrecorded(
                              () -> {
                                forward.accept(batch);
                                return null;
                              }));
                }
              }
            });
  }

  /// Runs, and gives the running statistics their former values again afterwards, to the bit.
  public static <T extends @Nullable Object> T restoring(Layer model, Supplier<T> body) {
    try (var _ = Scope.open("former batch statistics")) {
      var former = new LinkedHashMap<Tensor, Tensor>();
      for (var norm : norms(model)) {
        norm.statistics().forEach(t -> former.put(t, t.detach().mul(1)));
      }
      try {
        return body.get();
      } finally {
        former.forEach((t, before) -> Kernels.best().copy(before.array(), t.array()));
      }
    }
  }

  private static List<BatchNorm> norms(Layer model) {
    var norms = new ArrayList<BatchNorm>();
    if (model instanceof BatchNorm norm && !norm.isFrozen() && !norm.statistics().isEmpty()) {
      norms.add(norm);
    }
    model.children().values().forEach(child -> norms.addAll(norms(child)));
    return norms;
  }
}
