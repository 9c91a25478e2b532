package fovea.core.kernel.onednn;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import fovea.core.array.NdArray;
import fovea.core.kernel.Norm;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.ref.Reference;
import org.jspecify.annotations.Nullable;

/// A batch norm that goes by given statistics as what it is: for each channel a factor,
/// gamma/√(variance + eps), and a term, beta + (bias − mean)·factor, with the bias of the
/// convolution before it.
final class Folded {
  private static final ThreadLocal<Folded> LENT = ThreadLocal.withInitial(() -> new Folded(256));

  private final int channels;
  private final MemorySegment factors;
  private final MemorySegment terms;

  private Folded(int channels) {
    this.channels = channels;
    // The arrays must outlive nothing but calls and tapes that hold this object.
    factors = Arena.ofAuto().allocate(4L * channels, 64);
    terms = Arena.ofAuto().allocate(4L * channels, 64);
  }

  static Folded of(int channels) {
    return new Folded(channels);
  }

  /// One that the next call on this thread may overwrite.
  static Folded lent(int channels) {
    var folded = LENT.get();
    if (folded.channels < channels) {
      folded = new Folded(channels);
      LENT.set(folded);
    }
    return folded;
  }

  void compute(Norm norm, @Nullable NdArray bias) {
    var gamma = norm.gamma();
    var beta = norm.beta();
    var mean = norm.mean();
    var variance = norm.variance();
    try {
      for (int c = 0; c < gamma.shape().size(0); c++) {
        double factor = at(gamma, c) / Math.sqrt(at(variance, c) + norm.eps());
        double before = bias == null ? 0 : at(bias, c);
        factors.setAtIndex(JAVA_FLOAT, c, (float) factor);
        terms.setAtIndex(
            JAVA_FLOAT, c, (float) (at(beta, c) + (before - at(mean, c)) * factor));
      }
    } finally {
      Reference.reachabilityFence(norm);
      Reference.reachabilityFence(bias);
    }
  }

  private static float at(NdArray vector, int i) {
    return vector.segment().getAtIndex(JAVA_FLOAT, vector.offset() + i);
  }

  long factors() {
    return factors.address();
  }

  long terms() {
    return terms.address();
  }
}
