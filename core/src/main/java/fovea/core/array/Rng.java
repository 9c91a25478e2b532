package fovea.core.array;

import java.nio.charset.StandardCharsets;

/// A counter-based random generator: Philox-4x32-10 (Salmon et al., "Parallel random numbers: as
/// easy as 1, 2, 3", SC 2011).
///
/// A stream is a 64-bit key; its n-th value is a function of (key, n) alone. [#split(String)] and
/// [#split(long)] derive keys, so that what is drawn for one purpose, epoch or sample never depends
/// on how much was drawn for another: worker counts and resumed runs change no bit.
///
/// A stream has a position and is not for use by several threads; give each its own split.
public final class Rng {
  private long key;
  private long block;
  private int used = 4;
  private final int[] words = new int[4];
  private boolean hasSpare;
  private double spare;

  private Rng(long key) {
    this.key = key;
  }

  /// The root stream of a seed.
  public static Rng of(long seed) {
    return new Rng(mix(seed + 0x9E3779B97F4A7C15L));
  }

  /// A stream at the same position that goes on by itself.
  public Rng copy() {
    var copy = new Rng(key);
    copy.becomes(this);
    return copy;
  }

  /// Takes the place of another stream: what this one draws from now on is what that one would.
  public void becomes(Rng other) {
    key = other.key;
    block = other.block;
    used = other.used;
    System.arraycopy(other.words, 0, words, 0, words.length);
    hasSpare = other.hasSpare;
    spare = other.spare;
  }

  /// An independent stream for a purpose (`"shuffle"`, `"dropout"`). The same name gives the same
  /// stream, whatever was drawn from this one.
  public Rng split(String purpose) {
    long h = 0xCBF29CE484222325L;
    for (byte b : purpose.getBytes(StandardCharsets.UTF_8)) {
      h = (h ^ b) * 0x100000001B3L;
    }
    return new Rng(mix(key ^ mix(h)));
  }

  /// An independent stream for an index (an epoch, a step, a sample).
  public Rng split(long index) {
    return new Rng(mix(key + 0xD1B54A32D192ED03L * (index + 1)));
  }

  /// The finaliser of SplitMix64: a bijection that lets no structure of its input through.
  private static long mix(long z) {
    z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
    z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
    return z ^ (z >>> 31);
  }

  /// The four 32-bit words of one counter value.
  static void philox(int k0, int k1, int c0, int c1, int c2, int c3, int[] out) {
    for (int round = 0; round < 10; round++) {
      long p0 = (c0 & 0xFFFFFFFFL) * 0xD2511F53L;
      long p1 = (c2 & 0xFFFFFFFFL) * 0xCD9E8D57L;
      int n0 = (int) (p1 >>> 32) ^ c1 ^ k0;
      int n2 = (int) (p0 >>> 32) ^ c3 ^ k1;
      c1 = (int) p1;
      c3 = (int) p0;
      c0 = n0;
      c2 = n2;
      k0 += 0x9E3779B9;
      k1 += 0xBB67AE85;
    }
    out[0] = c0;
    out[1] = c1;
    out[2] = c2;
    out[3] = c3;
  }

  /// 32 random bits.
  public int nextBits() {
    if (used == 4) {
      philox((int) key, (int) (key >>> 32), (int) block, (int) (block >>> 32), 0, 0, words);
      block++;
      used = 0;
    }
    return words[used++];
  }

  /// Moves on as if [#nextBits] had been called so often, at once.
  public void skip(long times) {
    long left = 4L - used;
    if (times <= left) {
      used += (int) times;
      return;
    }
    block += (times - left) / 4;
    used = 4;
    for (long i = (times - left) % 4; i > 0; i--) {
      nextBits();
    }
  }

  /// 64 random bits.
  public long nextLong() {
    long high = nextBits();
    return (high << 32) | (nextBits() & 0xFFFFFFFFL);
  }

  /// Uniform in [0, 1), a multiple of 2⁻²⁴.
  public float nextFloat() {
    return (nextBits() >>> 8) * 0x1p-24f;
  }

  /// Uniform in [0, 1), a multiple of 2⁻⁵³.
  public double nextDouble() {
    return (nextLong() >>> 11) * 0x1p-53;
  }

  /// Uniform in [low, high).
  public double uniform(double low, double high) {
    return low + (high - low) * nextDouble();
  }

  /// Uniform in 0 … bound − 1, without bias.
  public int nextInt(int bound) {
    if (bound <= 0) {
      throw new IllegalArgumentException("bound must be positive, not " + bound);
    }
    // Lemire 2019: the high word of a product, redrawn in the few cases that would favour small
    // values.
    long product = (nextBits() & 0xFFFFFFFFL) * bound;
    if ((product & 0xFFFFFFFFL) < bound) {
      long threshold = (0x1_0000_0000L - bound) % bound;
      while ((product & 0xFFFFFFFFL) < threshold) {
        product = (nextBits() & 0xFFFFFFFFL) * bound;
      }
    }
    return (int) (product >>> 32);
  }

  /// A standard normal value (polar method, Marsaglia & Bray 1964; strict arithmetic, so that every
  /// machine draws the same).
  public double nextGaussian() {
    if (hasSpare) {
      hasSpare = false;
      return spare;
    }
    double u;
    double v;
    double s;
    do {
      u = 2 * nextDouble() - 1;
      v = 2 * nextDouble() - 1;
      s = u * u + v * v;
    } while (s >= 1 || s == 0);
    double scale = Math.sqrt(-2 * StrictMath.log(s) / s);
    spare = v * scale;
    hasSpare = true;
    return u * scale;
  }

  /// The numbers 0 … n − 1 in random order (Fisher–Yates).
  public int[] permutation(int n) {
    var order = new int[n];
    for (int i = 0; i < n; i++) {
      int j = nextInt(i + 1);
      order[i] = order[j];
      order[j] = i;
    }
    return order;
  }
}
