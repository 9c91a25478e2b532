package fovea.core.nn;

import fovea.core.FoveaException;
import fovea.core.array.DType;
import fovea.core.array.Rng;
import fovea.core.array.Shape;
import fovea.core.array.ShapeException;
import fovea.core.array.SymmetricEigen;
import fovea.core.kernel.Window;
import fovea.core.memory.Scope;
import fovea.core.tensor.Graph;
import fovea.core.tensor.Patches;
import fovea.core.tensor.Tensor;
import java.util.ArrayList;

/// Filters that whiten patches of images: eigenvectors of the patches' second moments, each divided
/// by the root of its eigenvalue, largest first; and then their negatives, so that nothing is lost
/// in a ReLU (Jordan 2024, "94% on CIFAR-10 in 3.29 seconds on a single GPU", section 3.2, after
/// Coates & Ng 2012, "Learning feature representations with k-means").
final class Whitening {
  private Whitening() {}

  /// As many filters as there are, and as fit into a weight, in its first places; those beyond are
  /// drawn as layers are.
  static Init init(Tensor images, double eps) {
    if (!(eps > 0)) {
      throw new IllegalArgumentException("whitening takes an eps above 0, not " + eps);
    }
    return (rng, shape, dtype) -> {
      check(images.shape(), shape);
      int filters = shape.size(0);
      int taps = Math.toIntExact(shape.elements() / Math.max(1, filters));
      var eigen = SymmetricEigen.of(secondMoments(images, shape.size(2), shape.size(3)));
      int ups = Math.min(taps, (filters + 1) / 2);
      int downs = Math.min(ups, filters - ups);
      var values = Init.fanInUniform().draw(rng, shape, DType.F64).toDoubles();
      for (int i = 0; i < ups; i++) {
        // Rounding may leave a variance of 0 just below it.
        double scale = 1 / Math.sqrt(Math.max(0, eigen.values()[i]) + eps);
        for (int k = 0; k < taps; k++) {
          double w = scale * eigen.vectors()[i][k];
          values[i * taps + k] = w;
          if (i < downs) {
            values[(ups + i) * taps + k] = -w;
          }
        }
      }
      return Tensor.of(values, shape).to(dtype);
    };
  }

  private static void check(Shape images, Shape weight) {
    if (weight.rank() != 4) {
      throw new ShapeException("whiten", weight + " is no weight of filters [K, C, KH, KW]");
    }
    if (images.rank() != 4
        || images.size(0) < 1
        || images.size(1) != weight.size(1)
        || images.size(2) < weight.size(2)
        || images.size(3) < weight.size(3)) {
      throw new ShapeException(
          "whiten",
          "images %s are not [N, %d, H, W] with at least %d×%d pixels"
              .formatted(images, weight.size(1), weight.size(2), weight.size(3)));
    }
  }

  /// The mean over all patches of patch·patchᵀ; a patch is (channel, row, column) in one.
  private static double[][] secondMoments(Tensor images, int height, int width) {
    var s = images.shape();
    int taps = s.size(1) * height * width;
    var sums = new double[taps][taps];
    for (int n = 0; n < s.size(0); n++) {
      // One image's in the images' type, the sum over images in float64.
      var products = products(images.slice(0, n, n + 1), Window.of(height, width));
      for (int a = 0; a < taps; a++) {
        for (int b = 0; b < taps; b++) {
          sums[a][b] += products[a * taps + b];
        }
      }
    }
    double patches = (double) s.size(0) * (s.size(2) - height + 1) * (s.size(3) - width + 1);
    for (var row : sums) {
      for (int b = 0; b < taps; b++) {
        row[b] /= patches;
      }
    }
    return sums;
  }

  /// patch·patchᵀ, summed over the patches of an image.
  private static double[] products(Tensor image, Window patch) {
    try (var _ = Scope.open("whitening")) {
      return Graph.unrecorded(
          () -> {
            var patches = Patches.unfold(image, patch).select(0, 0);
            return patches.matmul(patches.transpose(0, 1)).toDoubles();
          });
    }
  }

  /// Gives the first filters that a network runs new values.
  static void begin(Layer network, Rng rng, Tensor images, double eps) {
    var first = new ArrayList<Parameter>();
    Observer.watch(
        (layer, _, _, _) -> {
          var weight = layer.ownParameters().get("weight");
          if (first.isEmpty() && weight != null && weight.shape().rank() == 4) {
            first.add(weight);
          }
        },
        () -> Mode.evaluating(() -> network.forward(images.slice(0, 0, 1))));
    if (first.isEmpty()) {
      throw new FoveaException(
          "whitening is for the filters of a first convolution, and %s has none"
              .formatted(network.describe()));
    }
    var weight = first.getFirst();
    weight.draw(rng, init(images, eps));
  }
}
