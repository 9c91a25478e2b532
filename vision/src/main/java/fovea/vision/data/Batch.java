package fovea.vision.data;

import fovea.core.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/// Some images of a set, as a network takes them.
///
/// @param x `[N, C, H, W]`, preprocessed
/// @param y the labels, `[N]`, int32; of a mixture of images that of the one there is most of;
///   [Dataset#NO_LABEL] where images have no class as a whole
/// @param shares how much of each class is in each image, `[N, K]`; null where each shows one class
/// @param targets what is said of these images besides their class; null where the loader does not
///   bring it, see [Loader#annotated]
/// @param indices which images of the set they are
public record Batch(
    Tensor x, Tensor y, @Nullable Tensor shares, @Nullable Targets targets, int[] indices) {

  /// What is said of these images besides their class.
  ///
  /// @throws IllegalStateException if the loader does not bring it
  public Targets said() {
    if (targets == null) {
      throw new IllegalStateException(
          "this batch carries labels only; Loader.annotated() brings boxes, masks and keypoints");
    }
    return targets;
  }
}
