package fovea.core.kernel;

import fovea.core.array.NdArray;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// Group normalisation, an image at a time, in double.
final class JavaGroupNorm {
  private JavaGroupNorm() {}

  static void forward(
      NdArray x,
      int groups,
      boolean centred,
      @Nullable NdArray gamma,
      @Nullable NdArray beta,
      double eps,
      NdArray y,
      NdArray mean,
      NdArray inverse) {
    int channels = x.shape().size(1);
    var g = parameter(gamma, channels, 1);
    var h = parameter(beta, channels, 0);
    int pixels = pixels(x);
    int length = channels / groups * pixels;
    var v = new double[channels * pixels];
    var in = new Cursor(x, Cursor.rowMajor(x));
    var out = new Cursor(y, Cursor.rowMajor(y));
    for (int n = 0; n < x.shape().size(0); n++) {
      in.load(v, v.length);
      for (int group = 0; group < groups; group++) {
        int from = group * length;
        double m = centred ? Accumulator.sum(v, from, from + length) / length : 0;
        double squares = 0;
        for (int i = from; i < from + length; i++) {
          squares += (v[i] - m) * (v[i] - m);
        }
        double r = 1 / Math.sqrt(squares / length + eps);
        for (int i = from; i < from + length; i++) {
          v[i] = (v[i] - m) * r * g[i / pixels] + h[i / pixels];
        }
        mean.set(m, n, group);
        inverse.set(r, n, group);
      }
      out.store(v, v.length);
    }
  }

  static void backward(
      NdArray x,
      NdArray dy,
      int groups,
      boolean centred,
      @Nullable NdArray gamma,
      NdArray mean,
      NdArray inverse,
      NdArray dx,
      @Nullable NdArray dgamma,
      @Nullable NdArray dbeta) {
    int channels = x.shape().size(1);
    var g = parameter(gamma, channels, 1);
    int pixels = pixels(x);
    int length = channels / groups * pixels;
    var v = new double[channels * pixels];
    var d = new double[channels * pixels];
    var ofGamma = new double[channels];
    var ofBeta = new double[channels];
    var in = new Cursor(x, Cursor.rowMajor(x));
    var gradients = new Cursor(dy, Cursor.rowMajor(dy));
    var out = new Cursor(dx, Cursor.rowMajor(dx));
    for (int n = 0; n < x.shape().size(0); n++) {
      in.load(v, v.length);
      gradients.load(d, d.length);
      for (int group = 0; group < groups; group++) {
        double m = mean.get(n, group);
        double r = inverse.get(n, group);
        double first = 0;
        double second = 0;
        int to = (group + 1) * length;
        for (int i = group * length; i < to; i++) {
          v[i] = (v[i] - m) * r;
          ofGamma[i / pixels] += d[i] * v[i];
          ofBeta[i / pixels] += d[i];
          d[i] *= g[i / pixels];
          first += d[i];
          second += d[i] * v[i];
        }
        double constant = centred ? first / length : 0;
        for (int i = group * length; i < to; i++) {
          d[i] = r * (d[i] - constant - v[i] * second / length);
        }
      }
      out.store(d, d.length);
    }
    store(ofGamma, dgamma);
    store(ofBeta, dbeta);
  }

  /// Elements of a channel of an image.
  private static int pixels(NdArray x) {
    int pixels = 1;
    for (int axis = 2; axis < x.shape().rank(); axis++) {
      pixels *= x.shape().size(axis);
    }
    return pixels;
  }

  private static double[] parameter(@Nullable NdArray vector, int channels, double otherwise) {
    if (vector != null) {
      return vector.toDoubles();
    }
    var values = new double[channels];
    Arrays.fill(values, otherwise);
    return values;
  }

  private static void store(double[] values, @Nullable NdArray vector) {
    if (vector != null) {
      new Cursor(vector, Cursor.rowMajor(vector)).store(values, values.length);
    }
  }
}
