package fovea.core.nn;

import fovea.core.tensor.Tensor;

/// A function of a tensor. Every layer is one, and every function can stand where a layer can.
@FunctionalInterface
public interface Forward {
  Tensor forward(Tensor x);
}
