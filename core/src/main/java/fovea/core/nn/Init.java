package fovea.core.nn;

import fovea.core.array.DType;
import fovea.core.array.Rng;
import fovea.core.array.Shape;
import fovea.core.kernel.Kernels;
import fovea.core.tensor.Tensor;

/// How a parameter gets its first values.
///
/// Fan-in and fan-out of a weight [out, in, …] are `in` and `out` times the number of taps.
@FunctionalInterface
public interface Init {
  /// First values of a shape.
  Tensor draw(Rng rng, Shape shape, DType dtype);

  static Init constant(double value) {
    return (rng, shape, dtype) -> Tensor.full(value, shape, dtype);
  }

  /// Uniform in [−bound, bound).
  static Init uniform(double bound) {
    return (rng, shape, dtype) -> Tensor.uniform(rng, -bound, bound, shape, dtype);
  }

  static Init normal(double deviation) {
    return (rng, shape, dtype) -> Tensor.normal(rng, 0, deviation, shape, dtype);
  }

  /// Uniform within ±√(6/(fan-in + fan-out)), for sigmoid and tanh (Glorot & Bengio 2010, equation
  /// 16).
  static Init glorotUniform() {
    return (rng, shape, dtype) ->
        uniform(Math.sqrt(6.0 / (fanIn(shape) + fanOut(shape)))).draw(rng, shape, dtype);
  }

  /// Normal with deviation √(2/(fan-in + fan-out)) (Glorot & Bengio 2010).
  static Init glorotNormal() {
    return (rng, shape, dtype) ->
        normal(Math.sqrt(2.0 / (fanIn(shape) + fanOut(shape)))).draw(rng, shape, dtype);
  }

  /// Uniform within ±√(6/fan-in), for ReLU (He et al. 2015, section 2.2).
  static Init heUniform() {
    return (rng, shape, dtype) -> uniform(Math.sqrt(6.0 / fanIn(shape))).draw(rng, shape, dtype);
  }

  /// Normal with deviation √(2/fan-in), for ReLU (He et al. 2015, equation 10).
  static Init heNormal() {
    return (rng, shape, dtype) -> normal(Math.sqrt(2.0 / fanIn(shape))).draw(rng, shape, dtype);
  }

  /// Normal with deviation √(2/fan-out), for ReLU: keeps the size of gradients instead of that of
  /// values (He et al. 2015, equation 14; PyTorch's `kaiming_normal_` with `mode="fan_out"`).
  static Init heNormalFanOut() {
    return (rng, shape, dtype) -> normal(Math.sqrt(2.0 / fanOut(shape))).draw(rng, shape, dtype);
  }

  /// For weights [out, in, KH, KW]: the first `in` filters each pass one channel on unchanged, by a
  /// one in the middle; those beyond are drawn by [#fanInUniform] (Jordan 2024, "94% on CIFAR-10 in
  /// 3.29 seconds on a single GPU", section 3, "identity initialization", after Zagoruyko &
  /// Komodakis 2017).
  static Init dirac() {
    return (rng, shape, dtype) -> {
      var weight = fanInUniform().draw(rng, shape, dtype);
      var array = weight.array();
      int identities = Math.min(shape.size(0), shape.size(1));
      Kernels.best().fill(array.slice(0, 0, identities, 1), 0);
      for (int i = 0; i < identities; i++) {
        array.set(1, i, i, shape.size(2) / 2, shape.size(3) / 2);
      }
      return weight;
    };
  }

  /// Uniform within ±√(1/fan-in): what PyTorch gives weights of linear and convolution layers.
  static Init fanInUniform() {
    return (rng, shape, dtype) -> uniform(Math.sqrt(1.0 / fanIn(shape))).draw(rng, shape, dtype);
  }

  /// Numbers that one output is computed from.
  static long fanIn(Shape weight) {
    return Math.max(1, weight.rank() < 2 ? weight.elements() : weight.elements() / weight.size(0));
  }

  /// Outputs that one number goes into.
  static long fanOut(Shape weight) {
    return Math.max(
        1, weight.rank() < 2 ? weight.elements() : weight.elements() / Math.max(1, weight.size(1)));
  }
}
