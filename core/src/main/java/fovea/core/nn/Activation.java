package fovea.core.nn;

import fovea.core.tensor.Activations;
import fovea.core.tensor.Tensor;

/// A function of each element, or along an axis, without state. What each computes is said in
/// [Activations]; labels are the names that PyTorch gives such layers.
///
/// **Shapes**: any → the same, but for [#glu] and [#maxout].
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

  public static Activation relu6() {
    return of("ReLU6", Activations::relu6);
  }

  /// See [Activations#leakyRelu]; PyTorch's slope is 0.01.
  public static Activation leakyRelu(double slope) {
    return of("LeakyReLU(" + slope + ")", x -> Activations.leakyRelu(x, slope));
  }

  /// See [Activations#elu]; PyTorch's alpha is 1.
  public static Activation elu(double alpha) {
    return of("ELU(" + alpha + ")", x -> Activations.elu(x, alpha));
  }

  public static Activation selu() {
    return of("SELU", Activations::selu);
  }

  /// See [Activations#celu]; PyTorch's alpha is 1.
  public static Activation celu(double alpha) {
    return of("CELU(" + alpha + ")", x -> Activations.celu(x, alpha));
  }

  public static Activation threshold(double threshold, double value) {
    return of(
        "Threshold(%s, %s)".formatted(threshold, value),
        x -> Activations.threshold(x, threshold, value));
  }

  /// See [Activations#softplus]; PyTorch's sharpness (`beta`) is 1.
  public static Activation softplus(double sharpness) {
    return of("Softplus(" + sharpness + ")", x -> Activations.softplus(x, sharpness));
  }

  public static Activation gelu() {
    return of("GELU", Tensor::gelu);
  }

  public static Activation geluTanh() {
    return of("GELU(tanh)", Activations::geluTanh);
  }

  public static Activation silu() {
    return of("SiLU", Activations::silu);
  }

  public static Activation mish() {
    return of("Mish", Activations::mish);
  }

  public static Activation hardSwish() {
    return of("Hardswish", Activations::hardSwish);
  }

  public static Activation sigmoid() {
    return of("Sigmoid", Tensor::sigmoid);
  }

  public static Activation logSigmoid() {
    return of("LogSigmoid", Activations::logSigmoid);
  }

  public static Activation tanh() {
    return of("Tanh", Tensor::tanh);
  }

  public static Activation scaledTanh() {
    return of("ScaledTanh", Activations::scaledTanh);
  }

  public static Activation hardSigmoid() {
    return of("Hardsigmoid", Activations::hardSigmoid);
  }

  /// See [Activations#hardTanh]; PyTorch's limits are −1 and 1.
  public static Activation hardTanh(double low, double high) {
    return of("Hardtanh(%s, %s)".formatted(low, high), x -> Activations.hardTanh(x, low, high));
  }

  public static Activation softsign() {
    return of("Softsign", Activations::softsign);
  }

  /// See [Activations#hardShrink]; PyTorch's threshold is 0.5.
  public static Activation hardShrink(double threshold) {
    return of("Hardshrink(" + threshold + ")", x -> Activations.hardShrink(x, threshold));
  }

  /// See [Activations#softShrink]; PyTorch's threshold is 0.5.
  public static Activation softShrink(double threshold) {
    return of("Softshrink(" + threshold + ")", x -> Activations.softShrink(x, threshold));
  }

  public static Activation tanhShrink() {
    return of("Tanhshrink", Activations::tanhShrink);
  }

  public static Activation softmax(int axis) {
    return of("Softmax(" + axis + ")", x -> x.softmax(axis));
  }

  public static Activation logSoftmax(int axis) {
    return of("LogSoftmax(" + axis + ")", x -> x.logSoftmax(axis));
  }

  public static Activation softmin(int axis) {
    return of("Softmin(" + axis + ")", x -> Activations.softmin(x, axis));
  }

  /// See [Activations#glu]: the axis is halved.
  public static Activation glu(int axis) {
    return of("GLU(" + axis + ")", x -> Activations.glu(x, axis));
  }

  /// See [Activations#maxout]: the axis becomes `pieces` times shorter.
  public static Activation maxout(int pieces, int axis) {
    return of("Maxout(%d, %d)".formatted(pieces, axis), x -> Activations.maxout(x, pieces, axis));
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
