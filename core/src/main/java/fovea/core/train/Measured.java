package fovea.core.train;

import fovea.core.tensor.Tensor;
import java.util.Map;

/// What an [Objective] says of one batch.
///
/// @param loss the mean over the samples, of shape []
/// @param samples how many the batch has
/// @param figures further means over the samples, by name (`accuracy`); higher is better
public record Measured(Tensor loss, int samples, Map<String, Double> figures) {}
