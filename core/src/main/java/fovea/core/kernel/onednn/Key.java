package fovea.core.kernel.onednn;

import fovea.core.array.NdArray;
import fovea.core.kernel.Unary;
import fovea.core.kernel.Window;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// What a [Plan] was made for: an operation, its threads, parameters, types, shapes and strides.
/// Equal by value; not to be changed any more once it has been used.
final class Key {
  private long[] words = new long[40];
  private int length;

  Key(Enum<?> operation) {
    add(operation).add((long) OneDnn.threads());
  }

  @SuppressWarnings("EnumOrdinal") // a key lives no longer than its process
  Key add(Enum<?> value) {
    return add((long) value.ordinal());
  }

  Key add(long word) {
    if (length == words.length) {
      words = Arrays.copyOf(words, 2 * length);
    }
    words[length++] = word;
    return this;
  }

  Key add(double value) {
    return add(Double.doubleToLongBits(value));
  }

  Key add(boolean flag) {
    return add(flag ? 1L : 0L);
  }

  /// The array's type, shape and strides, not its place.
  Key add(@Nullable NdArray a) {
    if (a == null) {
      return add(-1L);
    }
    int rank = a.shape().rank();
    add((long) rank).add(a.dtype());
    for (int i = 0; i < rank; i++) {
      add((long) a.shape().size(i)).add(a.stride(i));
    }
    return this;
  }

  Key add(Unary f) {
    return add(f.kind()).add(f.alpha()).add(f.beta());
  }

  Key add(Window w) {
    for (int i = 0; i < w.rank(); i++) {
      var a = w.axis(i);
      add((long) a.taps() << 32 | a.stride()).add((long) a.before() << 32 | a.after());
      add((long) a.dilation());
    }
    return this;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Key k && Arrays.equals(words, 0, length, k.words, 0, k.length);
  }

  @Override
  public int hashCode() {
    long h = length;
    for (int i = 0; i < length; i++) {
      h = (h ^ words[i]) * 0x9E3779B97F4A7C15L;
      h ^= h >>> 32;
    }
    return (int) h;
  }
}
