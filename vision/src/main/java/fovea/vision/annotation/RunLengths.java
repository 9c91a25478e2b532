package fovea.vision.annotation;

import java.util.Arrays;
import java.util.BitSet;

/// COCO's run lengths: of pixels out, in, out, … of a mask, column by column. Packed as
/// `rleToString` in `maskApi.c` of https://github.com/cocodataset/cocoapi does it.
final class RunLengths {
  private RunLengths() {}

  static BitSet decode(int height, int width, int... counts) {
    long sum = 0;
    for (int count : counts) {
      if (count < 0) {
        throw new IllegalArgumentException("a run length is 0 or more, not " + count);
      }
      sum += count;
    }
    if (sum != (long) height * width) {
      throw new IllegalArgumentException(
          "run lengths of %d×%d pixels sum up to %d, not %d"
              .formatted(height, width, (long) height * width, sum));
    }
    var bits = new BitSet(height * width);
    int at = 0;
    for (int run = 0; run < counts.length; run++) {
      int end = at + counts[run];
      if (run % 2 == 1) {
        for (int i = at; i < end; i++) {
          bits.set(i % height * width + i / height);
        }
      }
      at = end;
    }
    return bits;
  }

  static int[] encode(int height, int width, BitSet bits) {
    var counts = new int[16];
    int runs = 0;
    int length = 0;
    boolean in = false;
    for (int column = 0; column < width; column++) {
      for (int row = 0; row < height; row++) {
        if (bits.get(row * width + column) != in) {
          if (runs + 2 > counts.length) {
            counts = Arrays.copyOf(counts, 2 * counts.length);
          }
          counts[runs++] = length;
          length = 0;
          in = !in;
        }
        length++;
      }
    }
    counts[runs++] = length;
    return Arrays.copyOf(counts, runs);
  }

  /// From the fourth on, what is packed is the difference to the length before the last; each in
  /// digits of five bits, the lowest first, with a sixth bit where more follow.
  static String pack(int... counts) {
    var packed = new StringBuilder();
    for (int i = 0; i < counts.length; i++) {
      int left = i > 2 ? counts[i] - counts[i - 2] : counts[i];
      boolean more;
      do {
        int digit = left & 0x1F;
        left >>= 5;
        more = (digit & 0x10) == 0 ? left != 0 : left != -1;
        packed.append((char) (48 + (more ? digit | 0x20 : digit)));
      } while (more);
    }
    return packed.toString();
  }

  static int[] unpack(String packed) {
    var counts = new int[packed.length()];
    int n = 0;
    for (int at = 0; at < packed.length(); ) {
      long value = 0;
      int shift = 0;
      int digit;
      do {
        digit = at < packed.length() ? packed.charAt(at++) - 48 : -1;
        if (digit < 0 || digit > 63 || shift > 30) {
          throw new IllegalArgumentException(
              "packed run lengths are damaged at character %d of %d"
                  .formatted(at, packed.length()));
        }
        value |= (digit & 0x1FL) << shift;
        shift += 5;
      } while ((digit & 0x20) != 0);
      if ((digit & 0x10) != 0) {
        value |= -1L << shift;
      }
      value += n > 2 ? counts[n - 2] : 0;
      if (value < 0 || value > Integer.MAX_VALUE) {
        throw new IllegalArgumentException("packed run length %d is %d".formatted(n, value));
      }
      counts[n++] = (int) value;
    }
    return Arrays.copyOf(counts, n);
  }
}
