package fovea.core.kernel;

import fovea.core.array.NdArray;

/// The parameters of a batch norm that goes by given statistics, each [C].
///
/// @param eps added to the variance
public record Norm(NdArray gamma, NdArray beta, NdArray mean, NdArray variance, double eps) {}
