package fovea.vision.data;

import fovea.core.FoveaException;
import fovea.core.array.DType;
import fovea.core.array.NdArray;
import fovea.core.array.Shape;
import fovea.core.array.SymmetricEigen;
import fovea.core.io.Safetensors;
import fovea.core.kernel.Kernels;
import fovea.core.memory.Scope;
import fovea.core.tensor.Graph;
import fovea.core.tensor.Tensor;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.stream.IntStream;

/// A linear map that makes the values of images uncorrelated and all of variance 1: y = W·(x − μ),
/// with W = (Λ + ε)^(−1/2)·Eᵀ (PCA) or E·(Λ + ε)^(−1/2)·Eᵀ (ZCA), where E and Λ are the
/// eigenvectors and eigenvalues of the covariance of the training images. ε, a hundredth of the
/// mean eigenvalue, keeps what hardly varies, which is mostly noise, from becoming as large as the
/// rest.
public final class Whitening {
  /// The file in a run's folder.
  public static final String FILE = "preprocessing.safetensors";

  /// The most values that an image may have: the matrix of 4,096 takes 64 MiB, and the work to find
  /// it grows with the third power.
  public static final int MOST_VALUES = 4096;

  private static final double EPSILON = 0.01;

  private final Tensor mean;
  private final Tensor matrix;

  private Whitening(Tensor mean, Tensor matrix) {
    this.mean = kept(mean);
    this.matrix = kept(matrix);
  }

  private static Tensor kept(Tensor t) {
    Scope.keepForever(t.array().storage());
    t.array().storage().origin("whitening");
    return t;
  }

  /// The whitening of some images.
  ///
  /// @param images `[n, C, H, W]` in portions, together at least 2 images
  /// @param zca whether to turn back, see [Scaling#ZCA]
  /// @throws FoveaException for images of more than [#MOST_VALUES] values
  static Whitening of(Iterable<Tensor> images, boolean zca) {
    double[] mean = null;
    double[][] products = null;
    long n = 0;
    for (var portion : images) {
      int size = Math.toIntExact(portion.shape().elements() / portion.shape().size(0));
      requireSize(size);
      if (mean == null || products == null) {
        mean = new double[size];
        products = new double[size][size];
      }
      n += portion.shape().size(0);
      add(portion, size, mean, products);
    }
    if (mean == null || products == null || n < 2) {
      throw new FoveaException("whitening takes at least 2 images, not " + n);
    }
    int size = mean.length;
    for (int i = 0; i < size; i++) {
      mean[i] /= n;
    }
    for (int i = 0; i < size; i++) {
      for (int j = 0; j < size; j++) {
        products[i][j] = products[i][j] / n - mean[i] * mean[j];
      }
    }
    var matrix = matrix(SymmetricEigen.of(products), zca);
    return new Whitening(
        Tensor.of(mean, Shape.of(size)).to(DType.F32), Tensor.of(matrix, Shape.of(size, size)));
  }

  /// Refuses images whose matrix would be too large.
  static void requireSize(int values) {
    if (values > MOST_VALUES) {
      throw new FoveaException(
          "whitening images of %,d values takes a matrix of %1$,d × %1$,d; up to %,d work: bring images to a smaller size"
              .formatted(values, MOST_VALUES));
    }
  }

  private static void add(Tensor images, int size, double[] sum, double[][] products) {
    try (var _ = Scope.open("whitening")) {
      int n = images.shape().size(0);
      var rows = images.contiguous().reshape(n, size);
      var sums = rows.sum(0).toFloats();
      var squares = rows.transpose(0, 1).matmul(rows).toFloats();
      IntStream.range(0, size)
          .parallel()
          .forEach(
              i -> {
                sum[i] += sums[i];
                for (int j = 0; j < size; j++) {
                  products[i][j] += squares[i * size + j];
                }
              });
    }
  }

  private static float[] matrix(SymmetricEigen eigen, boolean zca) {
    int n = eigen.values().length;
    double all = 0;
    for (double value : eigen.values()) {
      all += Math.max(0, value);
    }
    // Images that are all the same have nothing to be scaled by.
    double epsilon = all > 0 ? EPSILON * all / n : 1;
    var scales = new double[n];
    for (int k = 0; k < n; k++) {
      scales[k] = 1 / Math.sqrt(Math.max(0, eigen.values()[k]) + epsilon);
    }
    var matrix = new float[n * n];
    IntStream.range(0, n)
        .parallel()
        .forEach(
            i -> {
              var row = new double[n];
              if (zca) {
                for (int k = 0; k < n; k++) {
                  var vector = eigen.vectors()[k];
                  double factor = vector[i] * scales[k];
                  for (int j = 0; j < n; j++) {
                    row[j] += factor * vector[j];
                  }
                }
              } else {
                for (int j = 0; j < n; j++) {
                  row[j] = scales[i] * eigen.vectors()[i][j];
                }
              }
              for (int j = 0; j < n; j++) {
                matrix[i * n + j] = (float) row[j];
              }
            });
    return matrix;
  }

  /// Whitens images `[N, C, H, W]`; the shape stays.
  Tensor apply(Tensor images) {
    var shape = images.shape();
    return Graph.unrecorded(
        () -> {
          var flat = images.contiguous().reshape(shape.size(0), mean.shape().size(0));
          var y = flat.sub(mean).linear(matrix, null);
          // Images have their channels side by side, which is the layout that kernels like.
          return channelsLast(
              y.reshape(shape.size(0), shape.size(1), shape.size(2), shape.size(3)));
        });
  }

  private static Tensor channelsLast(Tensor images) {
    var y = NdArray.channelsLast(DType.F32, images.shape());
    Kernels.best().copy(images.array(), y);
    return Tensor.of(y);
  }

  /// Writes it into a run's folder.
  public void write(Path folder) {
    var tensors = new LinkedHashMap<String, Tensor>();
    tensors.put("whitening.mean", mean);
    tensors.put("whitening.matrix", matrix);
    Safetensors.write(folder.resolve(FILE), tensors, Map.of());
  }

  /// Reads it from a run's folder.
  ///
  /// @param values that an image has
  /// @throws FoveaException when it is not there, or of images of another size
  public static Whitening read(Path folder, int values) {
    var file = folder.resolve(FILE);
    var tensors = Safetensors.read(file).tensors();
    var mean = tensors.get("whitening.mean");
    var matrix = tensors.get("whitening.matrix");
    if (mean == null
        || matrix == null
        || !mean.shape().equals(Shape.of(values))
        || !matrix.shape().equals(Shape.of(values, values))) {
      throw new FoveaException(
          "%s is not the whitening of images of %d values".formatted(file, values));
    }
    return new Whitening(Objects.requireNonNull(mean), Objects.requireNonNull(matrix));
  }
}
