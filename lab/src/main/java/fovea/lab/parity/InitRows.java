package fovea.lab.parity;

import static fovea.lab.parity.Row.DISTRIBUTION;
import static fovea.lab.parity.Row.LIBTORCH;

import fovea.core.array.DType;
import fovea.core.array.Shape;
import fovea.core.kernel.Window;
import fovea.core.nn.AlphaDropout;
import fovea.core.nn.Dropout;
import fovea.core.nn.GaussianNoise;
import fovea.core.nn.Init;
import fovea.core.nn.Layer;
import fovea.core.nn.Mode;
import fovea.core.nn.RReLU;
import fovea.core.tensor.Patches;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.FanModeType;
import org.bytedeco.pytorch.GeneratorOptional;
import org.bytedeco.pytorch.Nonlinearity;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.kFanIn;
import org.bytedeco.pytorch.kFanOut;
import org.bytedeco.pytorch.kLeakyReLU;

/// What is drawn at random: its distribution beside that of LibTorch's draws. Their numbers differ,
/// so mean, deviation and distribution are compared, each allowed what chance exceeds once in a
/// billion; the errors in the table are differences of mean and deviation, in deviations, and the
/// largest difference of the two distribution functions (the statistic of Kolmogorov and Smirnov).
final class InitRows {
  /// Deviations that chance exceeds once in a billion.
  private static final double SIGMAS = 6.1;

  /// √(−ln(10⁻⁹/2)/2): of the test of Kolmogorov and Smirnov, for once in a billion.
  private static final double KOLMOGOROV = 3.28;

  private static final double BOUND = 0.7;

  private InitRows() {}

  static List<Row> all() {
    var rows = new ArrayList<Row>();
    rows.add(drawn("uniform", Init.uniform(BOUND), t -> torch.uniform_(t, -BOUND, BOUND)));
    rows.add(drawn("normal", Init.normal(BOUND), t -> torch.normal_(t, 0, BOUND)));
    rows.add(drawn("glorotUniform", Init.glorotUniform(), torch::xavier_uniform_));
    rows.add(drawn("glorotNormal", Init.glorotNormal(), torch::xavier_normal_));
    rows.add(
        drawn("heUniform", Init.heUniform(), t -> torch.kaiming_uniform_(t, 0, fanIn(), leaky())));
    rows.add(
        drawn("heNormal", Init.heNormal(), t -> torch.kaiming_normal_(t, 0, fanIn(), leaky())));
    rows.add(
        drawn(
            "heNormalFanOut",
            Init.heNormalFanOut(),
            t -> torch.kaiming_normal_(t, 0, new FanModeType(new kFanOut()), leaky())));
    // As the layers' reset_parameters does.
    rows.add(
        drawn(
            "fanInUniform",
            Init.fanInUniform(),
            t -> torch.kaiming_uniform_(t, Math.sqrt(5), fanIn(), leaky())));
    rows.add(
        exact(
            "constant",
            Init.constant(BOUND),
            d -> d.shape(d.in(1, 4), 7),
            t -> torch.constant_(t, new Scalar(BOUND))));
    rows.add(
        exact(
            "dirac",
            Init.dirac(),
            // With more filters than channels the others differ: here they are random.
            d -> Shape.of(d.in(1, 5), d.in(5, 8), d.in(1, 5), d.in(1, 5)),
            torch::dirac_));
    // Those of two arguments go by the same names.
    rows.add(drawn("orthogonal", Init.orthogonal(1.3), t -> torch.orthogonal_(t, 1.3)));
    rows.add(orthogonal());
    rows.add(drawn("sparse", Init.sparse(0.4, 0.7), t -> torch.sparse_(t, 0.4, 0.7)));
    rows.add(drawn("truncatedNormal", Init.truncatedNormal(0.7), t -> trunc(t, 0.7)));
    rows.add(
        exact("identity", Init.identity(), d -> Shape.of(d.in(1, 9), d.in(1, 9)), torch::eye_));
    rows.add(whitening());
    // Whose channels have one pixel each.
    rows.add(
        layer("nn.Dropout.channels", Dropout.channels(0.3), 1, x -> torch.dropout(x, 0.3, true)));
    rows.add(layer("nn.Dropout", new Dropout(0.3), 1, x -> torch.dropout(x, 0.3, true)));
    rows.add(
        layer(
            "nn.AlphaDropout", new AlphaDropout(0.3), 0.5, x -> torch.alpha_dropout(x, 0.3, true)));
    rows.add(
        layer(
            "nn.RReLU",
            new RReLU(0.1, 0.4),
            -1,
            x -> torch.rrelu(x, new Scalar(0.1), new Scalar(0.4), true, new GeneratorOptional())));
    rows.add(
        layer(
            "nn.GaussianNoise",
            new GaussianNoise(0.3),
            0.5,
            x -> x.add(torch.randn_like(x).mul(new Scalar(0.3)))));
    return rows;
  }

  /// The presets have it not: by the inverse of the distribution function, as PyTorch's does.
  private static void trunc(Tensor t, double deviation) {
    // Φ(2)·2 − 1.
    double inside = 0.9544997361036416;
    t.uniform_(-inside, inside, new GeneratorOptional());
    t.copy_(t.erfinv().mul(new Scalar(deviation * Math.sqrt(2))));
  }

  /// Rows, or columns where there are more rows, of one length and at right angles.
  private static Row orthogonal() {
    return new Row(
        "Init.orthogonal: W·Wᵀ",
        Row.FORMULA,
        List.of(DType.F32, DType.F64),
        (d, type) -> {
          int rows = d.in(1, 20);
          int columns = d.in(1, 20);
          var w =
              Init.orthogonal(1.3)
                  .draw(d.rng("start"), Shape.of(rows, columns), type)
                  .to(DType.F64);
          var product = rows <= columns ? w.matmul(w.transpose(0, 1)) : w.transpose(0, 1).matmul(w);
          int n = Math.min(rows, columns);
          var expected = new double[n * n];
          for (int i = 0; i < n; i++) {
            expected[i * n + i] = 1.69;
          }
          return new Row.Outcome(
              rows + "×" + columns,
              type,
              List.of(
                  new Row.Compared(
                      "W·Wᵀ",
                      false,
                      Errors.of(product.toDoubles(), expected, 0),
                      type == DType.F32 ? 1e-5 : 1e-10,
                      false)));
        });
  }

  /// Eigenvectors have two signs, and those of one eigenvalue any direction in their space: what
  /// filters make of the patches is compared, whose second moments are λ/(λ + eps).
  private static Row whitening() {
    return new Row(
        "Init.whitening",
        Row.FORMULA,
        List.of(DType.F32, DType.F64),
        (d, type) -> {
          int channels = d.in(1, 3);
          int side = d.in(1, 3);
          int taps = channels * side * side;
          var images =
              fovea.core.tensor.Tensor.normal(
                  d.rng("images"), 0.5, 1, Shape.of(8, channels, 9, 10), type);
          var w =
              Init.whitening(images, 1e-12)
                  .draw(d.rng("start"), Shape.of(2 * taps, channels, side, side), type)
                  .to(DType.F64)
                  .reshape(2 * taps, taps);
          var patches = Patches.unfold(images.to(DType.F64), Window.of(side));
          double[] sum = new double[4 * taps * taps];
          long places = 0;
          for (int n = 0; n < 8; n++) {
            var y = w.matmul(patches.select(0, n));
            var products = y.matmul(y.transpose(0, 1)).toDoubles();
            for (int i = 0; i < sum.length; i++) {
              sum[i] += products[i];
            }
            places += y.shape().size(1);
          }
          var expected = new double[sum.length];
          for (int i = 0; i < 2 * taps; i++) {
            for (int j = 0; j < 2 * taps; j++) {
              sum[i * 2 * taps + j] /= places;
              expected[i * 2 * taps + j] = i == j ? 1 : i % taps == j % taps ? -1 : 0;
            }
          }
          return new Row.Outcome(
              "%d channels, %d×%d".formatted(channels, side, side),
              type,
              List.of(
                  new Row.Compared(
                      "second moments",
                      false,
                      Errors.of(sum, expected, 0),
                      type == DType.F32 ? 1e-5 : 1e-10,
                      false)));
        });
  }

  private static FanModeType fanIn() {
    return new FanModeType(new kFanIn());
  }

  private static Nonlinearity leaky() {
    return new Nonlinearity(new kLeakyReLU());
  }

  /// A random start.
  private static Row drawn(String name, Init init, Consumer<Tensor> theirs) {
    boolean matrices = name.equals("sparse") || name.equals("orthogonal");
    return statistic(
        "Init." + name,
        d ->
            matrices
                ? Shape.of(d.in(60, 100), d.in(60, 100))
                : d.of(
                    Shape.of(d.in(60, 100), d.in(60, 100)),
                    Shape.of(d.in(30, 60), d.in(20, 40), 3, 3),
                    Shape.of(d.in(60, 90), d.in(10, 20), 1, d.in(2, 5))),
        (d, shape, type) -> init.draw(d.rng("start"), shape, type).toDoubles(),
        (shape, type) -> filled(shape, type, theirs));
  }

  private static double[] filled(Shape shape, DType type, Consumer<Tensor> fill) {
    var t = Torch.create(new double[Math.toIntExact(shape.elements())], shape, type);
    fill.accept(t);
    return Torch.doubles(t);
  }

  /// A layer that is random in training, given one number everywhere.
  private static Row layer(String name, Layer layer, double x, UnaryOperator<Tensor> theirs) {
    return statistic(
        name,
        d -> Shape.of(d.in(50, 100), d.in(50, 100), 1),
        (d, shape, type) ->
            Mode.training(
                    d.rng("layer"),
                    () -> layer.forward(fovea.core.tensor.Tensor.full(x, shape, type)))
                .toDoubles(),
        (shape, type) -> {
          var values = new double[Math.toIntExact(shape.elements())];
          Arrays.fill(values, x);
          return Torch.doubles(theirs.apply(Torch.create(values, shape, type)));
        });
  }

  /// Numbers that Fovea draws.
  interface Ours {
    double[] draw(Draw d, Shape shape, DType type);
  }

  /// Numbers that LibTorch draws.
  interface Theirs {
    double[] draw(Shape shape, DType type);
  }

  static Row statistic(String name, Function<Draw, Shape> shapes, Ours ours, Theirs theirs) {
    return new Row(
        name,
        DISTRIBUTION,
        List.of(DType.F32, DType.F64),
        (d, type) -> {
          try (var _ = new PointerScope()) {
            var shape = shapes.apply(d);
            torch.manual_seed(d.in(0, 1 << 30));
            return new Row.Outcome(
                shape.toString(),
                type,
                compare(ours.draw(d, shape, type), theirs.draw(shape, type)));
          }
        });
  }

  private static List<Row.Compared> compare(double[] a, double[] b) {
    double n = Math.min(a.length, b.length);
    double deviation = deviation(b);
    double mean = Math.abs(mean(a) - mean(b)) / deviation;
    double spread = Math.abs(deviation(a) - deviation) / deviation;
    // A deviation's own deviation depends on the fourth moment; a normal distribution's bounds that
    // of a uniform one.
    return List.of(
        new Row.Compared("the mean", false, mean, SIGMAS * Math.sqrt(2 / n), false),
        new Row.Compared("the deviation", false, spread, SIGMAS / Math.sqrt(n), false),
        new Row.Compared(
            "the distribution", false, smirnov(a, b), KOLMOGOROV * Math.sqrt(2 / n), false));
  }

  private static double mean(double[] values) {
    return Arrays.stream(values).average().orElse(0);
  }

  private static double deviation(double[] values) {
    double mean = mean(values);
    return Math.sqrt(Arrays.stream(values).map(v -> (v - mean) * (v - mean)).average().orElse(0));
  }

  /// The largest difference of the two distribution functions.
  private static double smirnov(double[] a, double[] b) {
    // What differs by rounding alone is one value.
    var x = Arrays.stream(a).map(v -> Math.rint(v * 1e5)).sorted().toArray();
    var y = Arrays.stream(b).map(v -> Math.rint(v * 1e5)).sorted().toArray();
    double largest = 0;
    int i = 0;
    int j = 0;
    while (i < x.length && j < y.length) {
      double at = Math.min(x[i], y[j]);
      while (i < x.length && x[i] <= at) {
        i++;
      }
      while (j < y.length && y[j] <= at) {
        j++;
      }
      largest = Math.max(largest, Math.abs((double) i / x.length - (double) j / y.length));
    }
    return largest;
  }

  /// A start without chance.
  private static Row exact(
      String name, Init init, Function<Draw, Shape> shapes, Consumer<Tensor> theirs) {
    return new Row(
        "Init." + name,
        LIBTORCH,
        List.of(DType.F32, DType.F64),
        (d, type) -> {
          try (var _ = new PointerScope()) {
            var shape = shapes.apply(d);
            double error =
                Errors.of(
                    init.draw(d.rng("start"), shape, type).toDoubles(),
                    filled(shape, type, theirs),
                    0);
            return new Row.Outcome(
                shape.toString(),
                type,
                List.of(new Row.Compared("values", false, error, 0, false)));
          }
        });
  }
}
