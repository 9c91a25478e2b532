package fovea.vision.model;

import fovea.core.nn.Layer;

/// A network that tells classes of images apart.
///
/// @param name under which [Models] builds it: `lenet5`, `mlp:300,100`
/// @param input the images it takes
/// @param classes how many it tells apart
/// @param network images [N, C, H, W] → logits [N, classes]
public record Classifier(String name, InputSize input, int classes, Layer network) {}
