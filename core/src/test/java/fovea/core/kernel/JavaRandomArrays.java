package fovea.core.kernel;

import fovea.core.array.DType;
import fovea.core.array.NdArray;
import fovea.core.array.Shape;
import java.util.List;
import java.util.Random;
import java.util.function.Consumer;

/// Random shapes, values and layouts for the tests of [JavaKernels], from a seeded generator.
final class JavaRandomArrays {
  final Random random;

  private JavaRandomArrays(long seed) {
    random = new Random(seed);
  }

  /// Runs a test with several seeds; a failure names the one it came from.
  static void repeat(int times, Consumer<JavaRandomArrays> test) {
    for (long seed = 1; seed <= times; seed++) {
      try {
        test.accept(new JavaRandomArrays(seed));
      } catch (RuntimeException | AssertionError e) {
        throw new AssertionError("with seed " + seed + ": " + e.getMessage(), e);
      }
    }
  }

  int between(int low, int high) {
    return low + random.nextInt(high - low + 1);
  }

  boolean chance(double p) {
    return random.nextDouble() < p;
  }

  <T> T any(List<T> values) {
    return values.get(random.nextInt(values.size()));
  }

  DType floating() {
    return random.nextBoolean() ? DType.F64 : DType.F32;
  }

  /// A shape of rank 0 to 5, rarely with an axis of size 0, rarely with a long one.
  Shape shape() {
    var sizes = new int[between(0, 5)];
    for (int i = 0; i < sizes.length; i++) {
      sizes[i] = chance(0.03) ? 0 : chance(0.2) ? 1 : between(1, 5);
    }
    if (sizes.length > 0 && chance(0.2)) {
      sizes[random.nextInt(sizes.length)] = between(30, 1500) / sizes.length;
    }
    return Shape.of(sizes);
  }

  /// Normal values in a random layout.
  NdArray values(DType type, Shape shape) {
    return fill(layout(type, shape));
  }

  /// As [#values], but perhaps with repeated elements: for sources only.
  NdArray source(DType type, Shape shape) {
    if (shape.rank() == 0 || chance(0.7)) {
      return values(type, shape);
    }
    var sizes = shape.sizes();
    for (int i = 0; i < sizes.length; i++) {
      if (chance(0.4) && sizes[i] > 0) {
        sizes[i] = 1;
      }
    }
    return values(type, Shape.of(sizes)).expand(shape);
  }

  NdArray fill(NdArray a) {
    forEachIndex(
        a.shape(),
        index ->
            a.set(
                switch (a.dtype()) {
                  case F64, F32, BF16 -> random.nextGaussian();
                  case I64, I32 -> between(-9, 9);
                  case U8 -> between(0, 200);
                  case BOOL -> between(0, 1);
                },
                index));
    return a;
  }

  /// An array that is row-major, channels-last, permuted or a slice of a larger one; the values are
  /// NaN or 99, so that a kernel that forgets an element is caught.
  NdArray layout(DType type, Shape shape) {
    int rank = shape.rank();
    var a =
        switch (random.nextInt(4)) {
          case 0 -> NdArray.allocate(type, shape);
          case 1 -> NdArray.channelsLast(type, shape);
          case 2 -> permuted(type, shape);
          default -> rank == 0 ? NdArray.allocate(type, shape) : sliced(type, shape);
        };
    forEachIndex(shape, index -> a.set(type.isFloating() ? Double.NaN : 99, index));
    return a;
  }

  private NdArray permuted(DType type, Shape shape) {
    int rank = shape.rank();
    var axes = new int[rank];
    for (int i = 0; i < rank; i++) {
      int j = random.nextInt(i + 1);
      axes[i] = axes[j];
      axes[j] = i;
    }
    var sizes = new int[rank];
    var inverse = new int[rank];
    for (int i = 0; i < rank; i++) {
      sizes[i] = shape.size(axes[i]);
      inverse[axes[i]] = i;
    }
    return NdArray.allocate(type, Shape.of(sizes)).permute(inverse);
  }

  private NdArray sliced(DType type, Shape shape) {
    int axis = random.nextInt(shape.rank());
    int step = between(1, 3);
    int start = between(0, 2);
    int size = shape.size(axis);
    int end = start + (size == 0 ? 0 : (size - 1) * step + 1);
    return permuted(type, shape.with(axis, end + between(0, 2))).slice(axis, start, end, step);
  }

  interface AtIndex {
    void at(int... index);
  }

  /// All indices of a shape, in row-major order.
  static void forEachIndex(Shape shape, AtIndex action) {
    if (!shape.isEmpty()) {
      forEachIndex(shape, new int[shape.rank()], 0, action);
    }
  }

  private static void forEachIndex(Shape shape, int[] index, int axis, AtIndex action) {
    if (axis == index.length) {
      action.at(index.clone());
      return;
    }
    for (int i = 0; i < shape.size(axis); i++) {
      index[axis] = i;
      forEachIndex(shape, index, axis + 1, action);
    }
  }
}
