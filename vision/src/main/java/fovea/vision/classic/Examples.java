package fovea.vision.classic;

import fovea.core.array.DType;
import fovea.core.array.NdArray;
import fovea.core.array.Shape;
import fovea.core.memory.Scope;
import fovea.core.nn.Layer;
import fovea.core.nn.Mode;
import fovea.core.tensor.Tensor;
import fovea.vision.data.Batch;
import fovea.vision.data.Dataset;
import fovea.vision.data.Loader;
import fovea.vision.data.Preprocessing;
import java.lang.foreign.MemorySegment;
import java.util.function.Consumer;

/// The images that a baseline is fitted to.
///
/// @param data with a class for each image
/// @param preprocessing what they go through
public record Examples(Dataset data, Preprocessing preprocessing) {
  private static final int AT_ONCE = 256;

  /// Of one image: `[C, H, W]`.
  public Shape shape() {
    return Shape.of(preprocessing.channels(), preprocessing.height(), preprocessing.width());
  }

  /// How many there are.
  public int size() {
    return data.size();
  }

  /// How many classes there are.
  public int classes() {
    return data.classes().size();
  }

  /// The class of each.
  int[] labels() {
    var labels = new int[size()];
    for (int i = 0; i < labels.length; i++) {
      labels[i] = data.label(i);
    }
    return labels;
  }

  /// Hands them out in order, in batches whose memory is given back.
  void forEach(Consumer<Batch> action) {
    Loader.inOrder(data, preprocessing, AT_ONCE)
        .pass(0, 0)
        .forEachRemaining(
            batch -> {
              try (var _ = Scope.open("examples")) {
                action.accept(batch);
              }
            });
  }

  /// What a layer makes of all of them, a row each.
  ///
  /// @param features images `[N, C, H, W]` → `[N, width]`
  Tensor rows(Layer features, int width) {
    var all = NdArray.allocate(DType.F32, Shape.of(size(), width));
    var next = new long[1];
    forEach(
        batch -> {
          var y = Mode.evaluating(() -> features.forward(batch.x())).contiguous().array();
          MemorySegment.copy(
              y.segment(), 0, all.segment(), next[0], y.shape().elements() * Float.BYTES);
          next[0] += y.shape().elements() * Float.BYTES;
        });
    return Tensor.of(all);
  }
}
