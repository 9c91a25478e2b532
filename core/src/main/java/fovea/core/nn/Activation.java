package fovea.core.nn;

import fovea.core.tensor.Tensor;

/// A function of each element (or, for softmax, along an axis), without state.
///
/// **Shapes**: any → the same.
public final class Activation extends Layer {
  private static final Forward RELU = Tensor::relu;

  private final String label;
  private final Forward function;

  private Activation(String label, Forward function) {
    this.label = label;
    this.function = function;
  }

  /// A function under a name of one's own.
  public static Activation of(String label, Forward function) {
    return new Activation(label, function);
  }

  public static Activation relu() {
    return of("ReLU", RELU);
  }

  boolean isRelu() {
    return function.equals(RELU);
  }

  public static Activation gelu() {
    return of("GELU", Tensor::gelu);
  }

  public static Activation sigmoid() {
    return of("Sigmoid", Tensor::sigmoid);
  }

  public static Activation tanh() {
    return of("Tanh", Tensor::tanh);
  }

  public static Activation softmax(int axis) {
    return of("Softmax(" + axis + ")", x -> x.softmax(axis));
  }

  public static Activation logSoftmax(int axis) {
    return of("LogSoftmax(" + axis + ")", x -> x.logSoftmax(axis));
  }

  @Override
  protected Tensor compute(Tensor x) {
    return function.forward(x);
  }

  @Override
  public String describe() {
    return label;
  }
}
