package fovea.core.kernel;

import fovea.core.array.NdArray;

/// Batch normalisation. Per-channel values are kept in double from the first sum to the last
/// product.
final class JavaNormalisation {
  private JavaNormalisation() {}

  static void train(
      NdArray x,
      NdArray gamma,
      NdArray beta,
      double eps,
      NdArray y,
      NdArray mean,
      NdArray variance) {
    var order = Cursor.memoryOrder(x);
    double count = valuesPerChannel(x);
    var means = Accumulator.channelSums(x.shape(), order, new Cursor(x, order)::load);
    for (int c = 0; c < means.length; c++) {
      means[c] /= count;
    }
    // The second pass over x: E[x²] − E[x]² would cancel where the mean is far from 0.
    var variances = Accumulator.channelSums(x.shape(), order, new SquaredDistance(x, means, order));
    for (int c = 0; c < variances.length; c++) {
      variances[c] /= count;
    }
    normalise(x, values(gamma), values(beta), means, variances, eps, y);
    store(means, mean);
    store(variances, variance);
  }

  static void eval(
      NdArray x,
      NdArray gamma,
      NdArray beta,
      NdArray mean,
      NdArray variance,
      double eps,
      NdArray y) {
    normalise(x, values(gamma), values(beta), values(mean), values(variance), eps, y);
  }

  private static final class SquaredDistance implements Accumulator.Source {
    private final Cursor x;
    private final Cursor mean;
    private final double[] m = new double[1024];

    SquaredDistance(NdArray x, double[] means, int[] order) {
      this.x = new Cursor(x, order);
      this.mean = Cursor.channels(means, x.shape(), order);
    }

    @Override
    public void next(double[] into, int n) {
      x.load(into, n);
      mean.load(m, n);
      for (int i = 0; i < n; i++) {
        double d = into[i] - m[i];
        into[i] = d * d;
      }
    }
  }

  /// y = (x − mean) · scale + beta, scale = gamma / √(variance + eps)
  private static void normalise(
      NdArray x,
      double[] gamma,
      double[] beta,
      double[] mean,
      double[] variance,
      double eps,
      NdArray y) {
    var order = Cursor.memoryOrder(y);
    var in = new Cursor(x, order);
    var means = Cursor.channels(mean, x.shape(), order);
    var scales = Cursor.channels(scales(gamma, variance, eps), x.shape(), order);
    var betas = Cursor.channels(beta, x.shape(), order);
    var out = new Cursor(y, order);
    var v = new double[out.chunk()];
    var m = new double[out.chunk()];
    var s = new double[out.chunk()];
    var b = new double[out.chunk()];
    for (int n = out.ready(); n > 0; n = out.ready()) {
      in.load(v, n);
      means.load(m, n);
      scales.load(s, n);
      betas.load(b, n);
      for (int i = 0; i < n; i++) {
        v[i] = (v[i] - m[i]) * s[i] + b[i];
      }
      out.store(v, n);
    }
  }

  private static double[] scales(double[] gamma, double[] variance, double eps) {
    var s = new double[gamma.length];
    for (int c = 0; c < s.length; c++) {
      s[c] = gamma[c] / Math.sqrt(variance[c] + eps);
    }
    return s;
  }

  /// With x̂ = (x − mean)/√(variance + eps) and n values per channel: dbeta = Σ dy, dgamma = Σ
  /// dy·x̂, and in training dx = scale · (dy − dbeta/n − x̂·dgamma/n), since mean and variance
  /// depend on x too; else dx = scale · dy.
  static void backward(
      NdArray x,
      NdArray dy,
      NdArray gamma,
      NdArray mean,
      NdArray variance,
      double eps,
      boolean training,
      NdArray dx,
      NdArray dgamma,
      NdArray dbeta) {
    var shape = x.shape();
    var order = Cursor.memoryOrder(x);
    var means = values(mean);
    var inverse = values(variance);
    for (int c = 0; c < inverse.length; c++) {
      inverse[c] = 1 / Math.sqrt(inverse[c] + eps);
    }
    var sums = Accumulator.channelSums(shape, order, new Cursor(dy, order)::load);
    var products =
        Accumulator.channelSums(shape, order, new ProductWithDistance(x, dy, means, order));
    var scale = values(gamma);
    // dx = scale·dy − slope·(x − mean) − shift, each a value per channel
    var slope = new double[scale.length];
    var shift = new double[scale.length];
    double count = valuesPerChannel(x);
    for (int c = 0; c < scale.length; c++) {
      products[c] *= inverse[c];
      scale[c] *= inverse[c];
      if (training) {
        slope[c] = scale[c] * inverse[c] * products[c] / count;
        shift[c] = scale[c] * sums[c] / count;
      }
    }
    inputGradient(x, dy, means, scale, slope, shift, dx);
    store(products, dgamma);
    store(sums, dbeta);
  }

  private static final class ProductWithDistance implements Accumulator.Source {
    private final Cursor x;
    private final Cursor dy;
    private final Cursor mean;
    private final double[] v = new double[1024];
    private final double[] m = new double[1024];

    ProductWithDistance(NdArray x, NdArray dy, double[] means, int[] order) {
      this.x = new Cursor(x, order);
      this.dy = new Cursor(dy, order);
      this.mean = Cursor.channels(means, x.shape(), order);
    }

    @Override
    public void next(double[] into, int n) {
      dy.load(into, n);
      x.load(v, n);
      mean.load(m, n);
      for (int i = 0; i < n; i++) {
        into[i] = into[i] * (v[i] - m[i]);
      }
    }
  }

  private static void inputGradient(
      NdArray x,
      NdArray dy,
      double[] mean,
      double[] scale,
      double[] slope,
      double[] shift,
      NdArray dx) {
    var order = Cursor.memoryOrder(dx);
    var shape = x.shape();
    var xs = new Cursor(x, order);
    var dys = new Cursor(dy, order);
    var means = Cursor.channels(mean, shape, order);
    var scales = Cursor.channels(scale, shape, order);
    var slopes = Cursor.channels(slope, shape, order);
    var shifts = Cursor.channels(shift, shape, order);
    var out = new Cursor(dx, order);
    int chunk = out.chunk();
    var v = new double[chunk];
    var d = new double[chunk];
    var m = new double[chunk];
    var s = new double[chunk];
    var l = new double[chunk];
    var h = new double[chunk];
    for (int n = out.ready(); n > 0; n = out.ready()) {
      xs.load(v, n);
      dys.load(d, n);
      means.load(m, n);
      scales.load(s, n);
      slopes.load(l, n);
      shifts.load(h, n);
      for (int i = 0; i < n; i++) {
        d[i] = s[i] * d[i] - l[i] * (v[i] - m[i]) - h[i];
      }
      out.store(d, n);
    }
  }

  private static double valuesPerChannel(NdArray x) {
    double n = 1;
    for (int axis = 0; axis < x.shape().rank(); axis++) {
      n *= axis == 1 ? 1 : x.shape().size(axis);
    }
    return n;
  }

  private static double[] values(NdArray perChannel) {
    return perChannel.toDoubles();
  }

  private static void store(double[] values, NdArray perChannel) {
    new Cursor(perChannel, Cursor.rowMajor(perChannel)).store(values, values.length);
  }
}
