package fovea.core.nn;

import fovea.core.array.Rng;
import fovea.core.array.Shape;
import fovea.core.nn.Init.Fan;
import fovea.core.tensor.Tensor;
import java.util.function.Supplier;

/// How the weights of a whole network start, as a specification: parameters of two axes or more
/// that training moves. Biases and norms, and weights that a start is not for, start as their
/// layers say.
public sealed interface Start {
  /// Gives a network its first values, as far as it has none yet.
  ///
  /// @param data some of what it will learn from, `[N, …]`, for starts that look at it
  default void begin(Layer network, Rng rng, Supplier<Tensor> data) {
    network.initMissing(rng, init(), this::takes);
  }

  /// How a weight starts.
  Init init();

  /// Whether it is for weights of a shape, of two axes at least.
  default boolean takes(Shape weight) {
    return true;
  }

  /// As each layer says: PyTorch's starts, or those of a model's paper.
  record Own() implements Start {
    @Override
    public Init init() {
      return Init.constant(0);
    }

    @Override
    public boolean takes(Shape weight) {
      return false;
    }
  }

  /// All alike, so that all units of a layer stay alike: what not to do.
  record Constant(double value) implements Start {
    @Override
    public Init init() {
      return Init.constant(value);
    }
  }

  /// Uniform in [low, high).
  record Uniform(double low, double high) implements Start {
    @Override
    public Init init() {
      return Init.uniform(low, high);
    }
  }

  /// Normal about 0.
  record Normal(double deviation) implements Start {
    @Override
    public Init init() {
      return Init.normal(deviation);
    }
  }

  /// Normal about 0, within twice the deviation.
  record TruncatedNormal(double deviation) implements Start {
    @Override
    public Init init() {
      return Init.truncatedNormal(deviation);
    }
  }

  /// See [Init#glorotUniform].
  record GlorotUniform() implements Start {
    @Override
    public Init init() {
      return Init.glorotUniform();
    }
  }

  /// See [Init#glorotNormal].
  record GlorotNormal() implements Start {
    @Override
    public Init init() {
      return Init.glorotNormal();
    }
  }

  /// See [Init#heUniform]; for ReLU.
  record HeUniform(Fan fan) implements Start {
    @Override
    public Init init() {
      return Init.heUniform(fan, Init.gain("relu"));
    }
  }

  /// See [Init#heNormal]; for ReLU.
  record HeNormal(Fan fan) implements Start {
    @Override
    public Init init() {
      return Init.heNormal(fan, Init.gain("relu"));
    }
  }

  /// See [Init#fanInUniform].
  record FanInUniform() implements Start {
    @Override
    public Init init() {
      return Init.fanInUniform();
    }
  }

  /// See [Init#orthogonal].
  record Orthonormal(double gain) implements Start {
    @Override
    public Init init() {
      return Init.orthogonal(gain);
    }
  }

  /// Filters of two image axes pass channels on, see [Init#dirac()].
  record Dirac() implements Start {
    @Override
    public Init init() {
      return Init.dirac();
    }

    @Override
    public boolean takes(Shape weight) {
      return weight.rank() == 4;
    }
  }

  /// Ones on the diagonals of matrices.
  record Identity() implements Start {
    @Override
    public Init init() {
      return Init.identity();
    }

    @Override
    public boolean takes(Shape weight) {
      return weight.rank() == 2;
    }
  }

  /// Matrices that are mostly zeros, see [Init#sparse].
  record Sparse(double share, double deviation) implements Start {
    @Override
    public Init init() {
      return Init.sparse(share, deviation);
    }

    @Override
    public boolean takes(Shape weight) {
      return weight.rank() == 2;
    }
  }

  /// Orthogonal, then brought to results of variance 1, layer by layer, on the data: [Lsuv].
  record ByVariance(double tolerance, int tries) implements Start {
    public ByVariance {
      if (!(tolerance > 0) || tries < 1) {
        throw new IllegalArgumentException(
            "LSUV takes a tolerance above 0 and at least 1 try, not %s and %d"
                .formatted(tolerance, tries));
      }
    }

    @Override
    public Init init() {
      return Init.orthogonal(1);
    }

    @Override
    public void begin(Layer network, Rng rng, Supplier<Tensor> data) {
      Start.super.begin(network, rng, data);
      new Lsuv(tolerance, tries).begin(network, data.get());
    }
  }

  /// As each layer says, but for the first convolution, whose filters whiten patches of the data:
  /// [Whitening].
  record ByWhitening(double eps) implements Start {
    public ByWhitening {
      if (!(eps > 0)) {
        throw new IllegalArgumentException("whitening takes an eps above 0, not " + eps);
      }
    }

    @Override
    public Init init() {
      return Init.constant(0);
    }

    @Override
    public boolean takes(Shape weight) {
      return false;
    }

    @Override
    public void begin(Layer network, Rng rng, Supplier<Tensor> data) {
      Start.super.begin(network, rng, data);
      Whitening.begin(network, rng.split("whitening"), data.get(), eps);
    }
  }
}
