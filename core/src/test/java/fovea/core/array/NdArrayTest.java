package fovea.core.array;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import fovea.core.memory.ReleasedException;
import fovea.core.memory.Scope;
import java.util.Arrays;
import java.util.Random;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

class NdArrayTest {
  /// 0, 1, 2, … so that an element's value says where it lies.
  private static NdArray counting(Shape shape) {
    var values = new int[(int) shape.elements()];
    Arrays.setAll(values, i -> i);
    return NdArray.of(values, shape);
  }

  private interface Body {
    void run(Random random);
  }

  private static void repeat(int times, Body body) {
    for (long seed = 1; seed <= times; seed++) {
      try {
        body.run(new Random(seed));
      } catch (RuntimeException | AssertionError e) {
        throw new AssertionError("with seed " + seed + ": " + e.getMessage(), e);
      }
    }
  }

  private static Shape shape(Random random, int maxRank) {
    var sizes = new int[random.nextInt(maxRank + 1)];
    for (int i = 0; i < sizes.length; i++) {
      sizes[i] = random.nextInt(20) == 0 ? 0 : 1 + random.nextInt(6);
    }
    return Shape.of(sizes);
  }

  private static int[] axes(Random random, int rank) {
    var axes = new int[rank];
    for (int i = 0; i < rank; i++) {
      int j = random.nextInt(i + 1);
      axes[i] = axes[j];
      axes[j] = i;
    }
    return axes;
  }

  /// A permuted, sliced or repeated view of a counting array.
  private static NdArray view(Random random) {
    var a = counting(shape(random, 4));
    for (int n = random.nextInt(4); n > 0; n--) {
      int rank = a.shape().rank();
      switch (random.nextInt(3)) {
        case 0 -> a = a.permute(axes(random, rank));
        case 1 -> {
          if (rank > 0) {
            int axis = random.nextInt(rank);
            int start = random.nextInt(a.shape().size(axis) + 1);
            int end = start + random.nextInt(a.shape().size(axis) - start + 1);
            a = a.slice(axis, start, end, 1 + random.nextInt(3));
          }
        }
        default -> {
          var to = a.shape().insert(0, random.nextInt(3));
          for (int axis = 1; axis <= rank; axis++) {
            if (to.size(axis) == 1) {
              to = to.with(axis, 1 + random.nextInt(3));
            }
          }
          a = a.expand(to);
        }
      }
    }
    return a;
  }

  /// Another shape of as many elements.
  private static Shape reshaped(Random random, Shape shape) {
    if (shape.isEmpty()) {
      return Shape.of(random.nextInt(3), 0);
    }
    var sizes = Arrays.stream(shape.sizes()).boxed().collect(Collectors.toList());
    for (int n = random.nextInt(6); n > 0; n--) {
      switch (random.nextInt(3)) {
        case 0 -> sizes.add(random.nextInt(sizes.size() + 1), 1);
        case 1 -> { // merge neighbours
          if (sizes.size() > 1) {
            int i = random.nextInt(sizes.size() - 1);
            sizes.set(i, sizes.get(i) * sizes.get(i + 1));
            sizes.subList(i + 1, i + 2).clear();
          }
        }
        default -> { // split one
          if (!sizes.isEmpty()) {
            int i = random.nextInt(sizes.size());
            int divisor = 2 + random.nextInt(2);
            if (sizes.get(i) % divisor == 0) {
              sizes.set(i, sizes.get(i) / divisor);
              sizes.add(i + random.nextInt(2), divisor);
            }
          }
        }
      }
    }
    return Shape.of(sizes.stream().mapToInt(Integer::intValue).toArray());
  }

  /// Whether some strides show `places`, in row-major order, as an array of this shape.
  private static boolean hasStrides(int[] places, Shape shape) {
    int rank = shape.rank();
    var steps = new int[rank];
    int block = 1;
    for (int axis = rank - 1; axis >= 0; axis--) {
      steps[axis] = shape.size(axis) > 1 ? places[block] - places[0] : 0;
      block *= shape.size(axis);
    }
    for (int i = 0; i < places.length; i++) {
      int rest = i;
      int at = places[0];
      for (int axis = rank - 1; axis >= 0; axis--) {
        at += rest % shape.size(axis) * steps[axis];
        rest /= shape.size(axis);
      }
      if (at != places[i]) {
        return false;
      }
    }
    return true;
  }

  @Test
  void reshapeGivesAViewWhereverThereIsOne() {
    int[] views = {0, 0};
    repeat(
        5000,
        random -> {
          var a = view(random);
          var to = reshaped(random, a.shape());
          var values = a.toInts();
          var b = a.reshape(to);
          if (b == null) {
            assertFalse(hasStrides(values, to), a + " to " + to);
            views[0]++;
          } else {
            assertEquals(to, b.shape());
            assertArrayEquals(values, b.toInts(), a + " to " + to);
            views[1]++;
          }
        });
    assertTrue(views[0] > 100 && views[1] > 100, Arrays.toString(views));
  }

  @Test
  void viewsShowTheRightElements() {
    repeat(
        1000,
        random -> {
          var a = view(random);
          int rank = a.shape().rank();
          var axes = axes(random, rank);
          var permuted = a.permute(axes);
          var index = new int[rank];
          for (int n = 0; n < 20 && !a.shape().isEmpty(); n++) {
            var inPermuted = new int[rank];
            for (int axis = 0; axis < rank; axis++) {
              index[axis] = random.nextInt(a.shape().size(axis));
            }
            for (int axis = 0; axis < rank; axis++) {
              inPermuted[axis] = index[axes[axis]];
            }
            assertEquals(a.get(index), permuted.get(inPermuted));
            if (rank > 0) {
              int axis = random.nextInt(rank);
              int i = index[axis];
              int step = 1 + random.nextInt(3);
              var sliced = a.slice(axis, i % step, a.shape().size(axis), step);
              var inSlice = index.clone();
              inSlice[axis] = i / step;
              assertEquals(a.get(index), sliced.get(inSlice));
            }
          }
        });
  }

  @Test
  void contiguousAndDenseMeanWhatTheySay() {
    repeat(
        2000,
        random -> {
          var a = view(random);
          var values = a.toInts();
          boolean rowMajor = true;
          for (int i = 1; i < values.length; i++) {
            rowMajor &= values[i] == values[i - 1] + 1;
          }
          assertEquals(rowMajor, a.isContiguous(), a.toString());
          var sorted = values.clone();
          Arrays.sort(sorted);
          boolean dense = true;
          for (int i = 1; i < sorted.length; i++) {
            dense &= sorted[i] == sorted[i - 1] + 1;
          }
          assertEquals(dense, a.isDense(), a.toString());
          var like = NdArray.like(a, DType.F32);
          assertEquals(a.shape(), like.shape());
          assertTrue(like.isDense());
          if (dense) {
            for (int axis = 0; axis < a.shape().rank(); axis++) {
              if (a.shape().size(axis) > 1 && !a.shape().isEmpty()) {
                assertEquals(a.stride(axis), like.stride(axis));
              }
            }
          }
        });
  }

  @Test
  void channelsLastKeepsChannelsTogether() {
    var a = NdArray.channelsLast(DType.F32, Shape.of(2, 3, 4, 5));
    assertArrayEquals(new long[] {60, 1, 15, 3}, a.strides());
    assertTrue(a.isDense());
    assertFalse(a.isContiguous());
    assertTrue(NdArray.channelsLast(DType.F32, Shape.of(2, 1, 4, 5)).isContiguous());
    assertTrue(NdArray.channelsLast(DType.F32, Shape.of(2, 0, 4, 5)).isContiguous());
  }

  @Test
  void valuesOfEachType() {
    var shape = Shape.of(3);
    assertArrayEquals(
        new float[] {1.5f, -2, 3}, NdArray.of(new float[] {1.5f, -2, 3}, shape).toFloats());
    assertArrayEquals(
        new double[] {0.1, -2, 3}, NdArray.of(new double[] {0.1, -2, 3}, shape).toDoubles());
    assertArrayEquals(
        new int[] {Integer.MIN_VALUE, 0, 7},
        NdArray.of(new int[] {Integer.MIN_VALUE, 0, 7}, shape).toInts());
    assertArrayEquals(
        new long[] {Long.MAX_VALUE, 0, 7},
        NdArray.of(new long[] {Long.MAX_VALUE, 0, 7}, shape).toLongs());
    assertArrayEquals(new int[] {255, 0, 7}, NdArray.of(new byte[] {-1, 0, 7}, shape).toInts());
    var bool = NdArray.allocate(DType.BOOL, Shape.of(2));
    bool.set(0.5, 0);
    bool.set(0, 1);
    assertArrayEquals(new int[] {1, 0}, bool.toInts());
    assertEquals(1.5, NdArray.of(new float[] {1.5f}, Shape.of()).get());
  }

  @Test
  void storageIsAligned() {
    for (int n : new int[] {0, 1, 17, 1000, 100_000}) {
      assertEquals(0, NdArray.allocate(DType.F32, Shape.of(n)).address() % 64);
    }
    var a = NdArray.allocate(DType.F64, Shape.of(4));
    assertEquals(a.address() + 16, a.slice(0, 2, 4, 1).address());
  }

  private static void assertSays(String message, Executable call) {
    assertEquals(message, assertThrows(ShapeException.class, call).getMessage());
  }

  @Test
  void errorsSayWhatDoesNotFit() {
    var a = counting(Shape.of(2, 3));
    assertSays(
        "of: 2 values do not fill [3], which has 3", () -> NdArray.of(new int[2], Shape.of(3)));
    assertSays("reshape: [2, 3] has 6 elements, [4] has 4", () -> a.reshape(Shape.of(4)));
    assertSays("permute: [0] does not name each axis of [2, 3] once", () -> a.permute(0));
    assertSays("permute: [0, 0] names axis 0 of [2, 3] twice", () -> a.permute(0, 0));
    assertSays("slice: 1:4:1 is not within axis 1 of [2, 3]", () -> a.slice(1, 1, 4, 1));
    assertSays("expand: [2, 3] cannot be repeated to [2, 6]", () -> a.expand(Shape.of(2, 6)));
    assertSays("expand: [2, 3] cannot be repeated to [3]", () -> a.expand(Shape.of(3)));
    assertSays("axis: 2 is not an axis of [2, 3]", () -> a.stride(2));
    assertSays("index: [2, 0] lies outside [2, 3]", () -> a.get(2, 0));
    assertSays("index: [0] has not one index for each axis of [2, 3]", () -> a.get(0));
  }

  @Test
  void hugeStepsTakeTheFirst() {
    assertArrayEquals(
        new int[] {1}, counting(Shape.of(4)).slice(0, 1, 4, Integer.MAX_VALUE).toInts());
  }

  @Test
  void readingAfterTheScopeNamesArrayOperationAndScope() {
    NdArray a;
    try (var scope = Scope.open("step 7")) {
      assertNotNull(scope);
      a = NdArray.allocate(DType.F32, Shape.of(2, 3));
      a.storage().origin("conv2d");
    }
    var e = assertThrows(ReleasedException.class, a::toFloats);
    assertEquals(
        "float32 [2, 3] can no longer be read: the result of conv2d was given back when scope"
            + " \"step 7\" ended; call keep() inside the scope on what must outlive it",
        e.getMessage());
    assertThrows(ReleasedException.class, a::address);
    assertThrows(ReleasedException.class, () -> a.permute(1, 0).get(0, 0));
  }

  @Test
  void reshapeOfATransposedArrayNeedsACopy() {
    assertNull(counting(Shape.of(2, 3)).permute(1, 0).reshape(Shape.of(6)));
  }
}
