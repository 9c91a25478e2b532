package fovea.vision.data;

import fovea.core.tensor.Tensor;

/// Some images of a set, as a network takes them.
///
/// @param x `[N, C, H, W]`, preprocessed
/// @param y the labels, `[N]`, int32
/// @param indices which images of the set they are
public record Batch(Tensor x, Tensor y, int[] indices) {}
