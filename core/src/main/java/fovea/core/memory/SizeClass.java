package fovea.core.memory;

/// Block sizes: four steps per doubling from 64 bytes up, so that at most a fifth of a block is
/// unused. A class is numbered 4·k + q for (4 + q)·2^(k+4) bytes.
final class SizeClass {
  private static final int SMALLEST = 64;

  private SizeClass() {}

  /// The smallest class that holds `bytes`.
  static int of(long bytes) {
    if (bytes <= SMALLEST) {
      return 0;
    }
    int k = 63 - Long.numberOfLeadingZeros(bytes - 1) - 6;
    long step = 1L << (k + 4);
    int quarter = (int) ((bytes + step - 1) / step) - 4;
    return 4 * k + quarter;
  }

  static long bytes(int sizeClass) {
    return (4L + (sizeClass & 3)) << ((sizeClass >> 2) + 4);
  }
}
