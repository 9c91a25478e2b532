package fovea.core.nn;

import fovea.core.UnknownNameException;
import fovea.core.array.DType;
import fovea.core.array.Rng;
import fovea.core.array.Shape;
import fovea.core.array.ShapeException;
import fovea.core.kernel.Kernels;
import fovea.core.tensor.Tensor;
import java.util.List;
import java.util.function.DoubleSupplier;

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

  /// Uniform in [low, high).
  static Init uniform(double low, double high) {
    return (rng, shape, dtype) -> Tensor.uniform(rng, low, high, shape, dtype);
  }

  static Init normal(double deviation) {
    return (rng, shape, dtype) -> Tensor.normal(rng, 0, deviation, shape, dtype);
  }

  /// Normal, drawn again where it is more than twice the deviation away from 0.
  ///
  /// **Differs** from PyTorch's `trunc_normal_`, whose limits are −2 and 2 whatever the deviation.
  static Init truncatedNormal(double deviation) {
    return (rng, shape, dtype) ->
        of(
            shape,
            dtype,
            () -> {
              double x = rng.nextGaussian();
              while (Math.abs(x) > 2) {
                x = rng.nextGaussian();
              }
              return x * deviation;
            });
  }

  /// Numbers of any source, in row-major order.
  private static Tensor of(Shape shape, DType dtype, DoubleSupplier source) {
    var values = new double[Math.toIntExact(shape.elements())];
    for (int i = 0; i < values.length; i++) {
      values[i] = source.getAsDouble();
    }
    return Tensor.of(values, shape).to(dtype);
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

  /// Which numbers keep their size: values on the way forward, or gradients on the way back.
  enum Fan {
    IN,
    OUT;

    long of(Shape weight) {
      return this == IN ? fanIn(weight) : fanOut(weight);
    }
  }

  /// Uniform within ±gain·√(3/fan) (He et al. 2015; PyTorch's `kaiming_uniform_`).
  ///
  /// @param gain of the activation that follows, see [#gain] and [#leakyGain]
  static Init heUniform(Fan fan, double gain) {
    return (rng, shape, dtype) ->
        uniform(gain * Math.sqrt(3.0 / fan.of(shape))).draw(rng, shape, dtype);
  }

  /// Normal with deviation gain/√fan (He et al. 2015; PyTorch's `kaiming_normal_`).
  ///
  /// @param gain of the activation that follows, see [#gain] and [#leakyGain]
  static Init heNormal(Fan fan, double gain) {
    return (rng, shape, dtype) ->
        normal(gain / Math.sqrt((double) fan.of(shape))).draw(rng, shape, dtype);
  }

  /// What weights are multiplied by to make up for an activation (PyTorch's `calculate_gain`).
  ///
  /// @param activation `linear`, `sigmoid`, `tanh`, `relu` or `selu`
  /// @throws UnknownNameException for others
  static double gain(String activation) {
    return switch (activation) {
      case "linear", "sigmoid" -> 1;
      case "tanh" -> 5.0 / 3;
      case "relu" -> Math.sqrt(2);
      case "selu" -> 0.75;
      default ->
          throw new UnknownNameException(
              "activation", activation, List.of("linear", "sigmoid", "tanh", "relu", "selu"));
    };
  }

  /// The gain of a leaky ReLU of some slope below 0.
  static double leakyGain(double slope) {
    return Math.sqrt(2 / (1 + slope * slope));
  }

  /// Orthogonal rows, or columns where there are more rows, of length `gain`: passes sizes and
  /// angles on unchanged (Saxe, McClelland & Ganguli 2014). Weights of more axes are matrices [out,
  /// in·…].
  static Init orthogonal(double gain) {
    return (rng, shape, dtype) -> {
      if (shape.rank() < 2) {
        throw new ShapeException("orthogonal", shape + " is no matrix");
      }
      return Orthogonal.draw(rng, shape, gain).to(dtype);
    };
  }

  /// Ones on the diagonal of a matrix, else zeros.
  static Init identity() {
    return (_, shape, dtype) -> {
      if (shape.rank() != 2) {
        throw new ShapeException("identity", shape + " is no matrix");
      }
      var weight = Tensor.zeros(shape, dtype);
      for (int i = 0; i < Math.min(shape.size(0), shape.size(1)); i++) {
        weight.array().set(1, i, i);
      }
      return weight;
    };
  }

  /// Zeros but for some numbers of each column, which are normal (Martens 2010, section 5;
  /// PyTorch's `sparse_`).
  ///
  /// @param share of each column that is 0, in [0, 1]
  /// @param deviation of the rest
  static Init sparse(double share, double deviation) {
    if (!(share >= 0 && share <= 1)) {
      throw new IllegalArgumentException("the share of zeros lies in [0, 1], not " + share);
    }
    return (rng, shape, dtype) -> {
      if (shape.rank() != 2) {
        throw new ShapeException("sparse", shape + " is no matrix");
      }
      var weight = normal(deviation).draw(rng, shape, dtype);
      int rows = shape.size(0);
      int zeros = (int) Math.ceil(share * rows);
      for (int column = 0; column < shape.size(1); column++) {
        var order = rng.permutation(rows);
        for (int i = 0; i < zeros; i++) {
          weight.array().set(0, order[i], column);
        }
      }
      return weight;
    };
  }

  /// For weights [out, in/groups, …] of a convolution: filter i of each group passes channel i on
  /// unchanged, by a one in the middle; all else is 0 (PyTorch's `dirac_`).
  static Init dirac(int groups) {
    if (groups < 1) {
      throw new IllegalArgumentException("there is at least 1 group, not " + groups);
    }
    return (_, shape, dtype) -> {
      if (shape.rank() < 3 || shape.size(0) % groups != 0) {
        throw new ShapeException(
            "dirac", "%s are no weights of a convolution in %d groups".formatted(shape, groups));
      }
      var weight = Tensor.zeros(shape, dtype);
      int filters = shape.size(0) / groups;
      var index = new int[shape.rank()];
      for (int axis = 2; axis < index.length; axis++) {
        index[axis] = shape.size(axis) / 2;
      }
      for (int group = 0; group < groups; group++) {
        for (int i = 0; i < Math.min(filters, shape.size(1)); i++) {
          index[0] = group * filters + i;
          index[1] = i;
          weight.array().set(1, index);
        }
      }
      return weight;
    };
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

  /// For weights [out, C, KH, KW] of a first convolution: filters that whiten patches of images,
  /// the eigenvectors of the patches' second moments over the roots of their eigenvalues, largest
  /// first, and then their negatives. Of fewer filters than 2·C·KH·KW the largest are there; those
  /// beyond are drawn by [#fanInUniform] (Jordan 2024, "94% on CIFAR-10 in 3.29 seconds on a single
  /// GPU", section 3.2).
  ///
  /// @param images `[N, C, H, W]`, normalised as in training
  /// @param eps added to the patches' variances, so that directions with next to none are not blown
  ///   up, above 0; the paper has 5e-4
  /// @throws ShapeException on drawing, when the images have not the weight's channels, or no patch
  static Init whitening(Tensor images, double eps) {
    return Whitening.init(images, eps);
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
