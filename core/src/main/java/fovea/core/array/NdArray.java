package fovea.core.array;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_DOUBLE;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import fovea.core.memory.Memory;
import fovea.core.memory.ReleasedException;
import fovea.core.memory.Storage;
import fovea.core.memory.Tape;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// A raw typed view of native memory: a shape, strides in elements and an offset. No arithmetic, no
/// gradients: kernels read and write these; people use `Tensor`.
///
/// Several arrays may share a [Storage]. Strides are never negative; a stride of 0 repeats one
/// element. New memory is not initialised.
public final class NdArray {
  private final Storage storage;
  private final DType dtype;
  private final Shape shape;
  private final long[] strides;
  private final long offset;
  private final boolean contiguous;

  private NdArray(Storage storage, DType dtype, Shape shape, long[] strides, long offset) {
    this.storage = storage;
    this.dtype = dtype;
    this.shape = shape;
    this.strides = strides;
    this.offset = offset;
    this.contiguous = isRowMajor(shape, strides);
  }

  private static boolean isRowMajor(Shape shape, long[] strides) {
    long step = 1;
    for (int i = strides.length - 1; i >= 0; i--) {
      int size = shape.size(i);
      if (size != 1 && strides[i] != step) {
        return shape.isEmpty();
      }
      step *= size;
    }
    return true;
  }

  // ---- making

  /// A new row-major array.
  public static NdArray allocate(DType dtype, Shape shape) {
    return new NdArray(storage(dtype, shape), dtype, shape, shape.rowMajor(), 0);
  }

  /// A new array of logical shape [N, C, H, W] (or [N, C, …]) whose channels lie next to each other
  /// in memory, as image kernels like it.
  public static NdArray channelsLast(DType dtype, Shape shape) {
    int rank = shape.rank();
    if (rank < 3) {
      return allocate(dtype, shape);
    }
    var strides = new long[rank];
    strides[1] = 1;
    long step = Math.max(shape.size(1), 1);
    for (int i = rank - 1; i >= 2; i--) {
      strides[i] = step;
      step *= Math.max(shape.size(i), 1);
    }
    strides[0] = step;
    return new NdArray(storage(dtype, shape), dtype, shape, strides, 0);
  }

  /// A new array with the axes of `model` in the same order in memory, without its gaps; row-major
  /// where it repeats elements.
  public static NdArray like(NdArray model, DType dtype) {
    if (model.contiguous) {
      return allocate(dtype, model.shape);
    }
    var strides = model.strides.clone();
    long step = 1;
    for (int axis : model.inMemoryOrder()) {
      int size = model.shape.size(axis);
      if (size > 1 && strides[axis] == 0) {
        return allocate(dtype, model.shape);
      }
      strides[axis] = step;
      step *= Math.max(1, size);
    }
    return new NdArray(storage(dtype, model.shape), dtype, model.shape, strides, 0);
  }

  private static Storage storage(DType dtype, Shape shape) {
    return Memory.allocate(Math.multiplyExact(shape.elements(), dtype.bytes()));
  }

  /// A copy of `values` as float32.
  ///
  /// @throws ShapeException when their number is not the shape's
  public static NdArray of(float[] values, Shape shape) {
    var a = checked(DType.F32, shape, values.length);
    a.write(MemorySegment.ofArray(values));
    return a;
  }

  public static NdArray of(double[] values, Shape shape) {
    var a = checked(DType.F64, shape, values.length);
    a.write(MemorySegment.ofArray(values));
    return a;
  }

  public static NdArray of(int[] values, Shape shape) {
    var a = checked(DType.I32, shape, values.length);
    a.write(MemorySegment.ofArray(values));
    return a;
  }

  public static NdArray of(long[] values, Shape shape) {
    var a = checked(DType.I64, shape, values.length);
    a.write(MemorySegment.ofArray(values));
    return a;
  }

  /// A copy of `values`, read as unsigned.
  public static NdArray of(byte[] values, Shape shape) {
    var a = checked(DType.U8, shape, values.length);
    a.write(MemorySegment.ofArray(values));
    return a;
  }

  /// Copies values from Java; once more whenever the step that this is part of is replayed.
  private void write(MemorySegment values) {
    MemorySegment.copy(values, 0, segment(), 0, values.byteSize());
    var tape = Tape.recording();
    if (tape != null) {
      var again = MemorySegment.ofArray(values.toArray(JAVA_BYTE));
      tape.add(() -> MemorySegment.copy(again, 0, segment(), 0, again.byteSize()));
    }
  }

  private static NdArray checked(DType dtype, Shape shape, int values) {
    if (shape.elements() != values) {
      throw new ShapeException(
          "of", values + " values do not fill " + shape + ", which has " + shape.elements());
    }
    return allocate(dtype, shape);
  }

  // ---- describing

  public Storage storage() {
    return storage;
  }

  public DType dtype() {
    return dtype;
  }

  public Shape shape() {
    return shape;
  }

  /// The distance, in elements, between neighbours along an axis.
  public long stride(int axis) {
    return strides[shape.axis(axis)];
  }

  /// All strides, a copy.
  public long[] strides() {
    return strides.clone();
  }

  /// The index in the storage, in elements, of the first element.
  public long offset() {
    return offset;
  }

  /// Whether the elements lie in row-major order without gaps.
  public boolean isContiguous() {
    return contiguous;
  }

  /// Whether [N, C, …] lies without gaps, its channels next to each other in memory.
  public boolean isChannelsLast() {
    int rank = strides.length;
    long step = 1;
    for (int i = 0; i < rank; i++) {
      int axis = i == 0 ? 1 : i == rank - 1 ? 0 : rank - i;
      int size = shape.size(axis);
      if (size != 1 && strides[axis] != step) {
        return false;
      }
      step *= size;
    }
    return true;
  }

  /// Whether the elements, in some order of the axes, fill a stretch of memory without gaps or
  /// repetition.
  public boolean isDense() {
    if (contiguous) {
      return true;
    }
    long step = 1;
    for (int axis : inMemoryOrder()) {
      int size = shape.size(axis);
      if (size != 1) {
        if (strides[axis] != step) {
          return false;
        }
        step *= size;
      }
    }
    return true;
  }

  /// The axes by stride, smallest first.
  private int[] inMemoryOrder() {
    int n = strides.length;
    var order = new int[n];
    for (int i = 0; i < n; i++) {
      int axis = n - 1 - i;
      int j = i;
      while (j > 0 && strides[order[j - 1]] > strides[axis]) {
        order[j] = order[j - 1];
        j--;
      }
      order[j] = axis;
    }
    return order;
  }

  // ---- views

  /// The same elements, in row-major order, in another shape; `null` where that takes a copy.
  public @Nullable NdArray reshape(Shape to) {
    if (to.elements() != shape.elements()) {
      throw new ShapeException(
          "reshape",
          "%s has %d elements, %s has %d".formatted(shape, shape.elements(), to, to.elements()));
    }
    if (contiguous) {
      return new NdArray(storage, dtype, to, to.rowMajor(), offset);
    }
    var s = stridesFor(to);
    return s == null ? null : new NdArray(storage, dtype, to, s, offset);
  }

  /// Strides that show this array's elements in shape `to`: runs of axes that lie evenly in memory
  /// may be merged and split at will, others may not.
  private long @Nullable [] stridesFor(Shape to) {
    var sizes = new long[shape.rank()];
    var steps = new long[shape.rank()];
    int runs = 0; // the axes, but for those of one element, merged into even runs
    for (int axis = 0; axis < shape.rank(); axis++) {
      int size = shape.size(axis);
      if (size == 1) {
        continue;
      }
      if (runs > 0 && steps[runs - 1] == strides[axis] * size) {
        sizes[runs - 1] *= size;
        steps[runs - 1] = strides[axis];
      } else {
        sizes[runs] = size;
        steps[runs] = strides[axis];
        runs++;
      }
    }
    var result = new long[to.rank()];
    int run = runs - 1;
    long filled = 1;
    for (int target = to.rank() - 1; target >= 0; target--) {
      if (run >= 0 && filled == sizes[run] && to.size(target) != 1) {
        run--;
        filled = 1;
      }
      result[target] = run >= 0 ? steps[run] * filled : 1;
      filled *= to.size(target);
      if (run >= 0 && sizes[run] % filled != 0) {
        return null;
      }
    }
    return result;
  }

  /// The axes in another order.
  public NdArray permute(int... axes) {
    int rank = shape.rank();
    if (axes.length != rank) {
      throw new ShapeException(
          "permute", Arrays.toString(axes) + " does not name each axis of " + shape + " once");
    }
    var sizes = new int[rank];
    var s = new long[rank];
    var seen = new boolean[rank];
    for (int i = 0; i < rank; i++) {
      int axis = shape.axis(axes[i]);
      if (seen[axis]) {
        throw new ShapeException(
            "permute", Arrays.toString(axes) + " names axis " + axis + " of " + shape + " twice");
      }
      seen[axis] = true;
      sizes[i] = shape.size(axis);
      s[i] = strides[axis];
    }
    return new NdArray(storage, dtype, Shape.of(sizes), s, offset);
  }

  /// Every `step`-th index from `start` (inclusive) to `end` (exclusive) along an axis.
  public NdArray slice(int axis, int start, int end, int step) {
    int a = shape.axis(axis);
    int size = shape.size(a);
    if (start < 0 || end > size || start > end || step < 1) {
      throw new ShapeException(
          "slice", "%d:%d:%d is not within axis %d of %s".formatted(start, end, step, a, shape));
    }
    var s = strides.clone();
    s[a] *= step;
    return new NdArray(
        storage,
        dtype,
        shape.with(a, Math.ceilDiv(end - start, step)),
        s,
        offset + start * strides[a]);
  }

  /// Repeats axes of size 1, and missing leading ones, to reach a shape, without a copy.
  public NdArray expand(Shape to) {
    if (to.equals(shape)) {
      return this;
    }
    int rank = to.rank();
    int missing = rank - shape.rank();
    var s = new long[rank];
    for (int i = 0; i < rank; i++) {
      int from = i - missing;
      if (from >= 0 && shape.size(from) == to.size(i)) {
        s[i] = strides[from];
      } else if (missing < 0 || (from >= 0 && shape.size(from) != 1)) {
        throw new ShapeException("expand", shape + " cannot be repeated to " + to);
      }
    }
    if (missing < 0) {
      throw new ShapeException("expand", shape + " cannot be repeated to " + to);
    }
    return new NdArray(storage, dtype, to, s, offset);
  }

  // ---- memory

  /// The whole storage; the first element is at index [#offset()].
  ///
  /// @throws ReleasedException naming shape, operation and scope, when that scope has ended
  public MemorySegment segment() {
    try {
      return storage.segment();
    } catch (ReleasedException e) {
      throw new ReleasedException(
          dtype + " " + shape + " can no longer be read: " + e.getMessage());
    }
  }

  /// The address of the first element. Whoever passes it on must keep this array reachable
  /// meanwhile.
  public long address() {
    return segment().address() + offset * dtype.bytes();
  }

  // ---- reading and writing from Java, in row-major order of the logical shape

  /// The element at an index for each axis, converted.
  public double get(int... index) {
    refuseReading();
    return read(segment(), at(index));
  }

  /// Writes the element at an index for each axis, converted as a cast does.
  public void set(double value, int... index) {
    refuseReading();
    write(segment(), at(index), value);
  }

  /// What is captured for replay cannot depend on values that Java saw.
  private void refuseReading() {
    if (Tape.recording() != null) {
      Tape.refuseReading(dtype + " " + shape);
    }
  }

  private long at(int... index) {
    if (index.length != shape.rank()) {
      throw new ShapeException(
          "index", Arrays.toString(index) + " has not one index for each axis of " + shape);
    }
    long i = offset;
    for (int axis = 0; axis < index.length; axis++) {
      if (index[axis] < 0 || index[axis] >= shape.size(axis)) {
        throw new ShapeException("index", Arrays.toString(index) + " lies outside " + shape);
      }
      i += index[axis] * strides[axis];
    }
    return i;
  }

  private double read(MemorySegment m, long i) {
    return switch (dtype) {
      case F64 -> m.getAtIndex(JAVA_DOUBLE, i);
      case F32 -> m.getAtIndex(JAVA_FLOAT, i);
      case BF16 -> DType.fromBf16(m.getAtIndex(JAVA_SHORT, i));
      case I64 -> m.getAtIndex(JAVA_LONG, i);
      case I32 -> m.getAtIndex(JAVA_INT, i);
      case U8, BOOL -> m.get(JAVA_BYTE, i) & 0xFF;
    };
  }

  private void write(MemorySegment m, long i, double value) {
    switch (dtype) {
      case F64 -> m.setAtIndex(JAVA_DOUBLE, i, value);
      case F32 -> m.setAtIndex(JAVA_FLOAT, i, (float) value);
      case BF16 -> m.setAtIndex(JAVA_SHORT, i, DType.toBf16((float) value));
      case I64 -> m.setAtIndex(JAVA_LONG, i, (long) value);
      case I32 -> m.setAtIndex(JAVA_INT, i, (int) value);
      case U8 -> m.set(JAVA_BYTE, i, (byte) (int) value);
      case BOOL -> m.set(JAVA_BYTE, i, (byte) (value != 0 ? 1 : 0));
    }
  }

  /// All elements, in row-major order.
  public float[] toFloats() {
    refuseReading();
    var out = new float[length()];
    if (contiguous && dtype == DType.F32) {
      MemorySegment.copy(segment(), JAVA_FLOAT, offset * 4, out, 0, out.length);
    } else {
      var m = segment();
      forEach((i, at) -> out[i] = (float) read(m, at));
    }
    return out;
  }

  public double[] toDoubles() {
    refuseReading();
    var out = new double[length()];
    var m = segment();
    forEach((i, at) -> out[i] = read(m, at));
    return out;
  }

  public int[] toInts() {
    refuseReading();
    var out = new int[length()];
    var m = segment();
    forEach((i, at) -> out[i] = (int) readLong(m, at));
    return out;
  }

  public long[] toLongs() {
    refuseReading();
    var out = new long[length()];
    var m = segment();
    forEach((i, at) -> out[i] = readLong(m, at));
    return out;
  }

  /// 64-bit integers must not pass through a double, which has 53 bits.
  private long readLong(MemorySegment m, long i) {
    return dtype == DType.I64 ? m.getAtIndex(JAVA_LONG, i) : (long) read(m, i);
  }

  private int length() {
    if (shape.elements() > Integer.MAX_VALUE - 8) {
      throw new ShapeException("toArray", shape + " has more elements than a Java array holds");
    }
    return (int) shape.elements();
  }

  private interface Visitor {
    void at(int index, long storageIndex);
  }

  private void forEach(Visitor visitor) {
    int n = length();
    int rank = shape.rank();
    var index = new int[rank];
    long at = offset;
    for (int i = 0; i < n; i++) {
      visitor.at(i, at);
      for (int axis = rank - 1; axis >= 0; axis--) {
        at += strides[axis];
        if (++index[axis] < shape.size(axis)) {
          break;
        }
        at -= strides[axis] * shape.size(axis);
        index[axis] = 0;
      }
    }
  }

  @Override
  public String toString() {
    return dtype + " " + shape + (contiguous ? "" : " strides " + Arrays.toString(strides));
  }
}
