package fovea.core.tensor;

import fovea.core.array.Shape;

/// An operation each element of whose result is computed from the elements in the same place of its
/// inputs, which it broadcasts, or from all along axes that it reduces to size 1.
interface Aligned extends Backward {
  @Override
  default Span[] source(int input, Shape x, Shape y, Span... part) {
    return Span.aligned(x, y, part);
  }
}
