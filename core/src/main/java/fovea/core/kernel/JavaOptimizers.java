package fovea.core.kernel;

import fovea.core.array.DType;
import fovea.core.array.NdArray;
import org.jspecify.annotations.Nullable;

/// The optimizers' steps. float32 is computed in float32, as other engines do, since these loops
/// run beside the native kernels and should run as fast as memory delivers; float64 in double.
final class JavaOptimizers {
  private JavaOptimizers() {}

  static void sgd(
      NdArray p,
      NdArray g,
      @Nullable NdArray v,
      double rate,
      double momentum,
      boolean nesterov,
      double weightDecay) {
    if (Tiles.fit(p, g, v)) {
      float r = (float) rate;
      float decay = (float) weightDecay;
      if (v == null) {
        Tiles.forEach(1, (t, n) -> descend(t[0], t[1], r, decay, n), p, g);
      } else {
        float m = (float) momentum;
        Tiles.forEach(2, (t, n) -> descend(t[0], t[2], t[1], r, m, nesterov, decay, n), p, v, g);
      }
      return;
    }
    var order = Cursor.memoryOrder(p);
    var pIn = new Cursor(p, order);
    var gIn = new Cursor(g, order);
    var vIn = v == null ? null : new Cursor(v, order);
    var pOut = new Cursor(p, order);
    var vOut = v == null ? null : new Cursor(v, order);
    if (p.dtype() == DType.F32) {
      var ps = new float[pOut.chunk()];
      var gs = new float[pOut.chunk()];
      var vs = new float[pOut.chunk()];
      for (int n = pOut.ready(); n > 0; n = pOut.ready()) {
        pIn.load(ps, n);
        gIn.load(gs, n);
        if (vIn == null || vOut == null) {
          descend(ps, gs, (float) rate, (float) weightDecay, n);
        } else {
          vIn.load(vs, n);
          descend(ps, gs, vs, (float) rate, (float) momentum, nesterov, (float) weightDecay, n);
          vOut.store(vs, n);
        }
        pOut.store(ps, n);
      }
    } else {
      var ps = new double[pOut.chunk()];
      var gs = new double[pOut.chunk()];
      var vs = new double[pOut.chunk()];
      for (int n = pOut.ready(); n > 0; n = pOut.ready()) {
        pIn.load(ps, n);
        gIn.load(gs, n);
        if (vIn == null || vOut == null) {
          descend(ps, gs, rate, weightDecay, n);
        } else {
          vIn.load(vs, n);
          descend(ps, gs, vs, rate, momentum, nesterov, weightDecay, n);
          vOut.store(vs, n);
        }
        pOut.store(ps, n);
      }
    }
  }

  private static void descend(float[] p, float[] g, float rate, float decay, int n) {
    for (int i = 0; i < n; i++) {
      p[i] -= rate * (g[i] + decay * p[i]);
    }
  }

  private static void descend(double[] p, double[] g, double rate, double decay, int n) {
    for (int i = 0; i < n; i++) {
      p[i] -= rate * (g[i] + decay * p[i]);
    }
  }

  private static void descend(
      float[] p,
      float[] g,
      float[] v,
      float rate,
      float momentum,
      boolean nesterov,
      float decay,
      int n) {
    // Nesterov: g' + momentum·v; else v itself.
    float ofGradient = nesterov ? 1 : 0;
    float ofVelocity = nesterov ? momentum : 1;
    for (int i = 0; i < n; i++) {
      float d = g[i] + decay * p[i];
      float w = momentum * v[i] + d;
      v[i] = w;
      p[i] -= rate * (ofGradient * d + ofVelocity * w);
    }
  }

  private static void descend(
      double[] p,
      double[] g,
      double[] v,
      double rate,
      double momentum,
      boolean nesterov,
      double decay,
      int n) {
    double ofGradient = nesterov ? 1 : 0;
    double ofVelocity = nesterov ? momentum : 1;
    for (int i = 0; i < n; i++) {
      double d = g[i] + decay * p[i];
      double w = momentum * v[i] + d;
      v[i] = w;
      p[i] -= rate * (ofGradient * d + ofVelocity * w);
    }
  }

  static void adam(
      NdArray p,
      NdArray g,
      NdArray m,
      NdArray v,
      double rate,
      double beta1,
      double beta2,
      double eps,
      double weightDecay,
      double keep,
      long step) {
    if (Tiles.fit(p, m, v, g)) {
      var f = AdamFactors.of(rate, beta1, beta2, eps, weightDecay, keep, step);
      Tiles.forEach(3, (t, n) -> adam(t[0], t[3], t[1], t[2], f, n), p, m, v, g);
      return;
    }
    var order = Cursor.memoryOrder(p);
    var pIn = new Cursor(p, order);
    var gIn = new Cursor(g, order);
    var mIn = new Cursor(m, order);
    var vIn = new Cursor(v, order);
    var pOut = new Cursor(p, order);
    var mOut = new Cursor(m, order);
    var vOut = new Cursor(v, order);
    if (p.dtype() == DType.F32) {
      var f = AdamFactors.of(rate, beta1, beta2, eps, weightDecay, keep, step);
      var ps = new float[pOut.chunk()];
      var gs = new float[pOut.chunk()];
      var ms = new float[pOut.chunk()];
      var vs = new float[pOut.chunk()];
      for (int n = pOut.ready(); n > 0; n = pOut.ready()) {
        pIn.load(ps, n);
        gIn.load(gs, n);
        mIn.load(ms, n);
        vIn.load(vs, n);
        adam(ps, gs, ms, vs, f, n);
        pOut.store(ps, n);
        mOut.store(ms, n);
        vOut.store(vs, n);
      }
    } else {
      double stride = rate / (1 - Math.pow(beta1, (double) step));
      double root = 1 / Math.sqrt(1 - Math.pow(beta2, (double) step));
      var ps = new double[pOut.chunk()];
      var gs = new double[pOut.chunk()];
      var ms = new double[pOut.chunk()];
      var vs = new double[pOut.chunk()];
      for (int n = pOut.ready(); n > 0; n = pOut.ready()) {
        pIn.load(ps, n);
        gIn.load(gs, n);
        mIn.load(ms, n);
        vIn.load(vs, n);
        adam(ps, gs, ms, vs, stride, root, beta1, beta2, eps, weightDecay, keep, n);
        pOut.store(ps, n);
        mOut.store(ms, n);
        vOut.store(vs, n);
      }
    }
  }

  private static void adam(float[] p, float[] g, float[] m, float[] v, AdamFactors f, int n) {
    float s = f.stride();
    float r = f.root();
    float b1 = f.kept1();
    float b2 = f.kept2();
    float a1 = f.new1();
    float a2 = f.new2();
    float eps = f.eps();
    float decay = f.decay();
    float keep = f.keep();
    for (int i = 0; i < n; i++) {
      float d = g[i] + decay * p[i];
      float mi = b1 * m[i] + a1 * d;
      float vi = b2 * v[i] + a2 * d * d;
      m[i] = mi;
      v[i] = vi;
      p[i] = keep * p[i] - s * mi / ((float) Math.sqrt(vi) * r + eps);
    }
  }

  private static void adam(
      double[] p,
      double[] g,
      double[] m,
      double[] v,
      double stride,
      double root,
      double beta1,
      double beta2,
      double eps,
      double decay,
      double keep,
      int n) {
    for (int i = 0; i < n; i++) {
      double d = g[i] + decay * p[i];
      double mi = beta1 * m[i] + (1 - beta1) * d;
      double vi = beta2 * v[i] + (1 - beta2) * d * d;
      m[i] = mi;
      v[i] = vi;
      p[i] = keep * p[i] - stride * mi / (Math.sqrt(vi) * root + eps);
    }
  }
}
