package fovea.vision.data;

import fovea.core.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/// Some images of a set, as a network takes them.
///
/// @param x `[N, C, H, W]`, preprocessed
/// @param y the labels, `[N]`, int32; of a mixture of images that of the one there is most of
/// @param shares how much of each class is in each image, `[N, K]`; null where each shows one class
/// @param indices which images of the set they are
public record Batch(Tensor x, Tensor y, @Nullable Tensor shares, int[] indices) {}
