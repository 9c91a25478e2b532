package fovea.core.kernel.onednn;

import fovea.core.array.NdArray;

/// Plans for ReLU with learned slopes.
final class Prelus {
  private Prelus() {}

  static Plan forward(NdArray x, NdArray slopes, NdArray y) {
    try (var b = builder(x)) {
      var to = b.argument(2, y);
      var from = b.as(b.argument(0, x), to.desc());
      var weights = b.argument(1, slopes);
      b.add(b.fast(OneDnn.prelu(from.desc(), weights.desc())))
          .with(OneDnn.ARG_SRC, from)
          .with(OneDnn.ARG_WEIGHTS, weights)
          .with(OneDnn.ARG_DST, to);
      return b.build();
    }
  }

  static Plan backward(NdArray x, NdArray slopes, NdArray dy, NdArray dx, NdArray dslopes) {
    try (var b = builder(x)) {
      var to = b.argument(3, dx);
      var data = b.as(b.argument(0, x), to.desc());
      var weights = b.argument(1, slopes);
      var from = b.as(b.argument(2, dy), to.desc());
      var sums = b.argument(4, dslopes);
      b.add(b.fast(OneDnn.preluBackward(data.desc(), weights.desc())))
          .with(OneDnn.ARG_SRC, data)
          .with(OneDnn.ARG_WEIGHTS, weights)
          .with(OneDnn.ARG_DIFF_DST, from)
          .with(OneDnn.ARG_DIFF_SRC, to)
          .with(OneDnn.ARG_DIFF_WEIGHTS, sums);
      return b.build();
    }
  }

  private static PlanBuilder builder(NdArray x) {
    return new PlanBuilder("prelu of " + x.shape(), 0.12 * x.shape().elements());
  }
}
