package fovea.core.tensor;

import fovea.core.array.Shape;
import org.jspecify.annotations.Nullable;

/// How an operation hands a gradient back. A record for each operation; its components are exactly
/// what must be remembered from the forward computation.
///
/// Written in ordinary [Tensor] operations it is itself differentiable, so that gradients of
/// gradients work. A faster way that is not may be taken while [Graph#isRecording()] is false, as
/// it is in an ordinary [Tensor#backward()].
@FunctionalInterface
public interface Backward {

  /// The gradients with respect to the inputs, in their order, each of its input's shape; `null`
  /// for an input that has none or needs none.
  ///
  /// @param gradient with respect to the result, of the result's shape
  @Nullable Tensor[] backward(Tensor gradient);

  /// Which elements of an input some elements of the result are computed from, for receptive
  /// fields: of each axis of the input a stretch that holds them. All elements, where an operation
  /// does not say otherwise.
  ///
  /// @param input which one, from 0
  /// @param x the input's shape
  /// @param y the result's shape
  /// @param part of the result, a stretch of each axis; it may reach over the result's ends
  default Span[] source(int input, Shape x, Shape y, Span... part) {
    return Span.all(x);
  }

  /// What the operation is called in graphs and errors: the record's name with a small first
  /// letter.
  default String operation() {
    return OperationNames.of(getClass());
  }
}
