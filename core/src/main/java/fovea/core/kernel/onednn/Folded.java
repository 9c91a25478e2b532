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
final class Folded implements Calls.Prelude {
  private static final ThreadLocal<Memory> LENT = ThreadLocal.withInitial(() -> new Memory(256));

  private final Norm norm;
  private final @Nullable NdArray bias;
  private final Memory memory;

  private Folded(Norm norm, @Nullable NdArray bias, Memory memory) {
    this.norm = norm;
    this.bias = bias;
    this.memory = memory;
  }

  /// Not of the pool, whose blocks belong to tensors.
  private record Memory(int channels, MemorySegment factors, MemorySegment terms) {
    Memory(int channels) {
      this(channels, allocate(channels), allocate(channels));
    }

    private static MemorySegment allocate(int channels) {
      return Arena.ofAuto().allocate((long) Float.BYTES * channels, 64);
    }
  }

  static Folded owned(Norm norm, @Nullable NdArray bias) {
    return new Folded(norm, bias, new Memory(norm.gamma().shape().size(0)));
  }

  /// In memory that the next such call on this thread overwrites.
  static Folded lent(Norm norm, @Nullable NdArray bias) {
    int channels = norm.gamma().shape().size(0);
    var memory = LENT.get();
    if (memory.channels < channels) {
      memory = new Memory(channels);
      LENT.set(memory);
    }
    return new Folded(norm, bias, memory);
  }

  @Override
  public void compute() {
    var gamma = norm.gamma();
    var beta = norm.beta();
    var mean = norm.mean();
    var variance = norm.variance();
    try {
      for (int c = 0; c < gamma.shape().size(0); c++) {
        double factor = at(gamma, c) / Math.sqrt(at(variance, c) + norm.eps());
        double before = bias == null ? 0 : at(bias, c);
        memory.factors.setAtIndex(JAVA_FLOAT, c, (float) factor);
        memory.terms.setAtIndex(
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

  /// Of the factors, then of the terms.
  @Override
  public long[] addresses() {
    return new long[] {memory.factors.address(), memory.terms.address()};
  }
}
