package fovea.core.kernel.onednn;

import static fovea.core.array.DType.BF16;
import static fovea.core.array.DType.BOOL;
import static fovea.core.array.DType.F32;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import fovea.core.array.DType;
import fovea.core.array.NdArray;
import fovea.core.array.Rng;
import fovea.core.array.Shape;
import fovea.core.kernel.Binary;
import fovea.core.kernel.Kernels;
import fovea.core.kernel.Loops;
import fovea.core.kernel.Norm;
import fovea.core.kernel.Reduction;
import fovea.core.kernel.Taps;
import fovea.core.kernel.Unary;
import fovea.core.kernel.Window;
import fovea.core.kernel.onednn.Convolutions.Then;
import fovea.core.memory.Tape;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.ref.Reference;
import java.util.Arrays;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// The kernels, in float32 and bfloat16, on oneDNN. What oneDNN has no fast way for (other types,
/// odd layouts, a few functions) is handed on to `plain`.
///
/// **Differs** from the plain kernels, besides rounding: the largest under a window of [#maxPool]
/// is never NaN, and [Binary#ADD_RELU] makes it 0; GELU and its kin, [Unary#pow] and their
/// derivatives are NaN at some infinities where the plain ones have a limit, or the other way
/// round, and the derivative of ABS is 1 at NaN.
final class OneDnnKernels extends OneDnnNorms {

  /// Up to this size, one thread copies in less time than two need to begin.
  private static final long SMALL_COPY = 256 << 10;

  /// Random numbers that a thread draws at a time.
  private static final int DRAWN = 16 << 10;

  private static final long FILL_BLOCK = 16 << 10;

  private static final ThreadLocal<MemorySegment> SUM =
      ThreadLocal.withInitial(() -> Arena.ofAuto().allocate(JAVA_FLOAT));

  private final boolean multipliesTiles = OneDnn.multipliesTiles();

  OneDnnKernels(Kernels plain, @Nullable Loops loops) {
    this(plain, loops, KEPT_PLANS);
  }

  OneDnnKernels(Kernels plain, @Nullable Loops loops, int keptPlans) {
    super(plain, loops, keptPlans);
  }

  int plans() {
    return calls.plans();
  }

  @Override
  public String name() {
    var instructions = OneDnn.instructions();
    int threads = NativeLibrary.threads();
    return "oneDNN %s%s%s, %d thread%s"
        .formatted(
            OneDnn.version(),
            instructions.isEmpty() ? "" : ", " + instructions,
            loops == null ? "" : ", Java vectors",
            threads,
            threads == 1 ? "" : "s");
  }

  @Override
  public boolean hasFastBf16() {
    return OneDnn.hasFastBf16();
  }

  @Override
  public int threads() {
    return NativeLibrary.threads();
  }

  // ---- what is done where

  /// Whether the sum of all elements is NaN: always where one is, seldom else. Costs less than any
  /// kernel that would have to look at each. What is decided by it is decided anew in each replay.
  private boolean mayHaveNan(NdArray x) {
    Calls.decideAgain();
    return hasNan(x);
  }

  private boolean hasNan(NdArray x) {
    var sum = SUM.get();
    var key = elementwise(new Key(Op.TOTAL), x.isContiguous(), x);
    boolean done = calls.look(key, () -> Reductions.total(x), x, sum.address());
    return !done || Float.isNaN(sum.get(JAVA_FLOAT, 0));
  }

  private static boolean areF32(NdArray a, NdArray b) {
    return a.dtype() == F32 && b.dtype() == F32;
  }

  private static boolean areF32(NdArray a, NdArray b, NdArray c) {
    return areF32(a, b) && c.dtype() == F32;
  }

  /// Whether a product takes them: images of one type, weights of that or of float32.
  private static boolean isProduct(NdArray image, NdArray weight, NdArray otherImage) {
    return areNative(image, otherImage)
        && (weight.dtype() == F32 || weight.dtype() == image.dtype());
  }

  /// Whether plain Java is done with an array before oneDNN has begun.
  private static boolean tiny(NdArray a) {
    return a.shape().elements() <= 64;
  }

  /// Arrays of one shape that all lie row-major need no more than their length in a key.
  private static Key elementwise(Key key, boolean contiguous, NdArray first, NdArray... others) {
    if (contiguous) {
      return key.add(first.dtype()).add(-first.shape().elements());
    }
    key.add(first);
    for (var a : others) {
      key.add(a);
    }
    return key;
  }

  // ---- elementwise

  @Override
  public void unary(Unary f, NdArray x, NdArray y) {
    if (!areNative(x, y) || tiny(y)) {
      plain.unary(f, x, y);
      return;
    }
    boolean inPlace = x.address() == y.address();
    boolean repair = Elementwise.losesNan(f) && mayHaveNan(x);
    var key = new Key(Op.UNARY).add(f).add(repair).add(inPlace);
    elementwise(key, x.isContiguous() && y.isContiguous(), x, y);
    if (!calls.run(key, () -> Elementwise.unary(f, x, y, repair, inPlace), x, y)) {
      plain.unary(f, x, y);
    }
  }

  @Override
  public void unaryBackward(Unary f, NdArray saved, NdArray dy, NdArray dx) {
    if (!areNative(saved, dy, dx) || tiny(dx)) {
      plain.unaryBackward(f, saved, dy, dx);
      return;
    }
    var key = new Key(Op.UNARY_BACKWARD).add(f);
    boolean contiguous = saved.isContiguous() && dy.isContiguous() && dx.isContiguous();
    elementwise(key, contiguous, saved, dy, dx);
    if (!calls.run(key, () -> Elementwise.unaryBackward(f, saved, dy, dx), saved, dy, dx)) {
      plain.unaryBackward(f, saved, dy, dx);
    }
  }

  @Override
  public void prelu(NdArray x, NdArray slopes, NdArray y) {
    if (areNative(x, slopes, y) && !tiny(y) && y.isDense() && slopes.isContiguous()) {
      var key = new Key(Op.PRELU).add(x).add(slopes).add(y);
      if (calls.run(key, () -> Prelus.forward(x, slopes, y), x, slopes, y)) {
        return;
      }
    }
    plain.prelu(x, slopes, y);
  }

  @Override
  public void preluBackward(NdArray x, NdArray slopes, NdArray dy, NdArray dx, NdArray dslopes) {
    boolean alike = areNative(x, slopes, dy) && areNative(x, dx, dslopes);
    if (alike && !tiny(dx) && dx.isDense() && slopes.isContiguous() && dslopes.isContiguous()) {
      var key = new Key(Op.PRELU_BACKWARD).add(x).add(slopes).add(dy).add(dx);
      if (calls.run(
          key, () -> Prelus.backward(x, slopes, dy, dx, dslopes), x, slopes, dy, dx, dslopes)) {
        return;
      }
    }
    plain.preluBackward(x, slopes, dy, dx, dslopes);
  }

  @Override
  public void binary(Binary f, NdArray a, NdArray b, NdArray y) {
    if (!areNative(a, b) || y.dtype() != (f.isComparison() ? BOOL : a.dtype()) || tiny(y)) {
      plain.binary(f, a, b, y);
      return;
    }
    if (f == Binary.ADD && liesApart(a, b) && addedByLoop(a, b, y)) {
      return;
    }
    boolean inPlace = a.address() == y.address() || b.address() == y.address();
    var key = new Key(Op.BINARY).add(f).add(inPlace);
    boolean contiguous = a.isContiguous() && b.isContiguous() && y.isContiguous();
    elementwise(key, contiguous, a, b, y);
    if (!calls.run(key, () -> Elementwise.binary(f, a, b, y, inPlace), a, b, y)) {
      plain.binary(f, a, b, y);
    }
  }

  /// Whether oneDNN would first copy one of them, or is slow to repeat it.
  private static boolean liesApart(NdArray a, NdArray b) {
    return !a.isDense() || !b.isDense();
  }

  private boolean addedByLoop(NdArray a, NdArray b, NdArray y) {
    return loops != null
        && y.shape().elements() >= WORTH_A_LOOP
        && loops.add(team, a.expand(y.shape()), b.expand(y.shape()), y);
  }

  @Override
  public void where(NdArray condition, NdArray a, NdArray b, NdArray y) {
    if (areF32(a, b, y) && condition.dtype() == BOOL && !empty(y)) {
      var key = new Key(Op.WHERE).add(condition).add(a).add(b).add(y);
      if (calls.run(key, () -> Elementwise.where(condition, a, b, y), condition, a, b, y)) {
        return;
      }
    }
    plain.where(condition, a, b, y);
  }

  @Override
  public void fill(NdArray y, double value) {
    boolean zero = Double.doubleToRawLongBits(value) == 0;
    if (empty(y) || !y.isDense() || (!zero && !isNative(y))) {
      plain.fill(y, value);
      return;
    }
    try {
      long bytes = y.shape().elements() * y.dtype().bytes();
      var all = y.segment().asSlice(y.offset() * y.dtype().bytes(), bytes);
      if (zero) {
        all.fill((byte) 0);
      } else if (y.dtype() == BF16) {
        all.set(JAVA_SHORT, 0, DType.toBf16((float) value));
        repeat(all, Short.BYTES);
      } else {
        all.set(JAVA_FLOAT, 0, (float) value);
        repeat(all, Float.BYTES);
      }
    } finally {
      Reference.reachabilityFence(y);
    }
  }

  /// Copies what is filled behind itself, up to what the nearest cache holds.
  ///
  /// @param filled bytes at the start
  private static void repeat(MemorySegment all, long filled) {
    long bytes = all.byteSize();
    for (long done = filled; done < bytes; ) {
      long more = Math.min(Math.min(done, FILL_BLOCK), bytes - done);
      MemorySegment.copy(all, 0, all, done, more);
      done += more;
    }
  }

  @Override
  public void blend(NdArray y, double keep, NdArray x, double add) {
    plain.blend(y, keep, x, add);
  }

  @Override
  public void copy(NdArray x, NdArray y) {
    boolean toBf16 = x.dtype() == F32 && y.dtype() == BF16;
    if (empty(y) || !(x.dtype() == y.dtype() || y.dtype() == F32 || toBf16)) {
      plain.copy(x, y);
      return;
    }
    if (x.dtype() == y.dtype() && x.isDense() && Arrays.equals(x.strides(), y.strides())) {
      long bytes = y.shape().elements() * y.dtype().bytes();
      if (bytes <= SMALL_COPY || !canReorder(x)) {
        copyBytes(x, y, bytes);
        return;
      }
    }
    if (loops != null
        && liesApart(x, y)
        && y.shape().elements() >= WORTH_A_LOOP
        && loops.copy(team, x, y)) {
      return;
    }
    if (canReorder(x)) {
      var key =
          elementwise(
              new Key(Op.COPY).add(x.dtype()).add(y.dtype()),
              x.isContiguous() && y.isContiguous(),
              x,
              y);
      if (calls.run(key, () -> Elementwise.copy(x, y), x, y)) {
        return;
      }
      if (areNative(x, y) && y.isDense()) {
        // x repeats elements, which only an operand may: 1·x.
        Calls.decideAgain();
        fill(y, 1);
        binary(Binary.MUL, y, x, y);
        return;
      }
    }
    plain.copy(x, y);
  }

  private static boolean canReorder(NdArray x) {
    return x.dtype() != DType.F64 && x.dtype() != DType.I64;
  }

  private static void copyBytes(NdArray x, NdArray y, long bytes) {
    try {
      MemorySegment.copy(
          x.segment(),
          x.offset() * x.dtype().bytes(),
          y.segment(),
          y.offset() * y.dtype().bytes(),
          bytes);
    } finally {
      Reference.reachabilityFence(x);
      Reference.reachabilityFence(y);
    }
  }

  // ---- reductions

  @Override
  public void reduce(Reduction f, NdArray x, NdArray y) {
    if (areNative(x, y) && !empty(x) && (f == Reduction.SUM || f == Reduction.MEAN)) {
      boolean mean = f == Reduction.MEAN;
      var key = new Key(Op.REDUCE).add(mean).add(x).add(y);
      if (calls.run(key, () -> Reductions.sum(x, y, mean), x, y)) {
        return;
      }
    }
    plain.reduce(f, x, y);
  }

  @Override
  public void argMax(NdArray x, int axis, NdArray y) {
    plain.argMax(x, axis, y);
  }

  // ---- linear algebra

  @Override
  public void matmul(NdArray a, NdArray b, @Nullable NdArray bias, NdArray y) {
    if (areProductTypes(a, b, y) && !empty(a) && !empty(b) && isVector(bias)) {
      var key = new Key(Op.MATMUL).add(a).add(b).add(bias != null).add(y);
      if (calls.run(key, () -> Matmuls.matmul(a, b, bias, y), a, b, bias, y)) {
        return;
      }
    }
    plain.matmul(a, b, bias, y);
  }

  private static boolean areProductTypes(NdArray a, NdArray b, NdArray y) {
    return areF32(a, b, y)
        || (isNative(a) && isNative(b) && isNative(y) && (a.dtype() == BF16 || b.dtype() == BF16));
  }

  // ---- convolution

  @Override
  public void convolution(
      NdArray x, NdArray w, @Nullable NdArray bias, Window window, int groups, NdArray y) {
    if (convolvesByLoops(x, w, bias, window, groups, y)) {
      convolveByLoops(x, w, bias, window, null, null, false, y);
      return;
    }
    if (isProduct(x, w, y)
        && isVector(bias)
        && !empty(x)
        && !empty(w)
        && !empty(y)
        && WindowEdges.areSafe(x.shape(), window, y.shape())) {
      var key =
          new Key(Op.CONVOLUTION).add(x).add(w).add(bias != null).add(window).add(groups).add(y);
      if (calls.run(
          key,
          () -> Convolutions.forward(x, w, bias, window, groups, y, Then.NOTHING),
          x,
          w,
          bias,
          y)) {
        return;
      }
    }
    plain.convolution(x, w, bias, window, groups, y);
  }

  private boolean convolvesByLoops(
      NdArray x, NdArray w, @Nullable NdArray bias, Window window, int groups, NdArray y) {
    return loops != null && isVector(bias) && loops.takesConvolution(x, w, window, groups, y);
  }

  /// Filters that never change are made ready once.
  private void convolveByLoops(
      NdArray x,
      NdArray w,
      @Nullable NdArray bias,
      Window window,
      @Nullable Norm norm,
      @Nullable NdArray residual,
      boolean relu,
      NdArray y) {
    var by = byLoops();
    var tape = Tape.recording();
    if (tape != null && tape.isConstant(w.storage())) {
      var filters = by.filters(team, w, false, true);
      Runnable call = () -> by.convolve(team, x, filters, window, bias, norm, residual, relu, y);
      call.run();
      tape.add(call);
      return;
    }
    by.convolve(team, x, by.filters(team, w, false, false), window, bias, norm, residual, relu, y);
  }

  private Loops byLoops() {
    if (loops == null) {
      throw new IllegalStateException("there are no loops");
    }
    return loops;
  }

  @Override
  public void convolutionThen(
      NdArray x,
      NdArray w,
      @Nullable NdArray bias,
      Window window,
      int groups,
      @Nullable Norm norm,
      @Nullable NdArray residual,
      boolean relu,
      NdArray y) {
    boolean suits =
        isProduct(x, w, y)
            && isVector(bias)
            && (norm == null || areVectors(norm.gamma(), norm.beta(), norm.mean(), norm.variance()))
            && (residual == null || residual.dtype() == y.dtype())
            && !empty(x)
            && !empty(w)
            && !empty(y)
            && WindowEdges.areSafe(x.shape(), window, y.shape());
    if (suits
        && (residual == null || residual.isChannelsLast())
        && convolvesByLoops(x, w, bias, window, groups, y)) {
      convolveByLoops(x, w, bias, window, norm, residual, relu, y);
      return;
    }
    if (suits && !(relu && weightsMayHaveNan(w))) {
      var then = new Then(norm != null, residual, relu);
      var added = norm == null ? bias : null; // else it is folded into the norm
      Supplier<Plan> make = () -> Convolutions.forward(x, w, added, window, groups, y, then);
      var key =
          new Key(Op.CONVOLUTION_THEN)
              .add(x)
              .add(w)
              .add(added != null)
              .add(window)
              .add(groups)
              .add(y)
              .add(norm != null)
              .add(relu)
              .add(residual);
      boolean done =
          norm == null
              ? calls.run(key, make, x, w, added, y, residual)
              : calls.run(
                  key,
                  make,
                  () -> Folded.lent(norm, bias),
                  () -> Folded.owned(norm, bias),
                  x,
                  w,
                  null,
                  y,
                  residual);
      if (done) {
        return;
      }
    }
    Calls.decideAgain();
    super.convolutionThen(x, w, bias, window, groups, norm, residual, relu, y);
  }

  /// Whether a fused ReLU could hide that weights are not numbers.
  private boolean weightsMayHaveNan(NdArray w) {
    var tape = Tape.recording();
    boolean once = tape != null && tape.isConstant(w.storage());
    return once ? hasNan(w) : mayHaveNan(w);
  }

  @Override
  public void convolutionBackwardData(
      NdArray dy, NdArray w, Window window, int groups, NdArray dx) {
    if (loops != null && loops.takesConvolution(dx, w, window, groups, dy)) {
      var filters = loops.filters(team, w, true, false);
      loops.convolve(team, dy, filters, window, null, null, null, false, dx);
      return;
    }
    if (isProduct(dy, w, dx) && !empty(dy) && !empty(w) && !empty(dx)) {
      var key =
          new Key(Op.CONVOLUTION_BACKWARD_DATA).add(dy).add(w).add(window).add(groups).add(dx);
      if (calls.run(key, () -> Convolutions.backwardData(dy, w, window, groups, dx), dy, w, dx)) {
        return;
      }
    }
    plain.convolutionBackwardData(dy, w, window, groups, dx);
  }

  @Override
  public void convolutionBackwardWeights(
      NdArray x, NdArray dy, Window window, int groups, NdArray dw, @Nullable NdArray dbias) {
    // Loops multiply float32, at half the speed of bfloat16 on vectors, but a quarter as often.
    if (isVector(dbias)
        && loops != null
        && !(x.dtype() == BF16 && multipliesTiles)
        && loops.convolutionBackwardWeights(team, x, dy, window, groups, dw, dbias)) {
      return;
    }
    if (isProduct(x, dw, dy) && isVector(dbias) && !empty(x) && !empty(dy) && !empty(dw)) {
      var key =
          new Key(Op.CONVOLUTION_BACKWARD_WEIGHTS)
              .add(x)
              .add(dy)
              .add(window)
              .add(groups)
              .add(dw)
              .add(dbias != null);
      if (calls.run(
          key,
          () -> Convolutions.backwardWeights(x, dy, window, groups, dw, dbias),
          x,
          dy,
          dw,
          dbias)) {
        return;
      }
    }
    plain.convolutionBackwardWeights(x, dy, window, groups, dw, dbias);
  }

  // ---- pooling

  /// The size of the workspace that oneDNN wants, or [#NOT_BY_ONEDNN]. It depends on shapes alone,
  /// as does who pools, so that both directions agree on it.
  private long workspaceBytes(DType type, Shape x, Window window, Shape y) {
    var key = new Key(Op.MAX_POOL).add(type).add(window);
    for (var shape : List.of(x, y)) {
      for (int i = 0; i < shape.rank(); i++) {
        key.add(shape.size(i));
      }
    }
    return workspace(key, () -> Poolings.workspaceBytes(Layout.type(type), x, window, y));
  }

  private boolean canMaxPool(NdArray x, Window window, NdArray y) {
    return canMaxPool(x, window, y, y.shape());
  }

  private boolean canMaxPool(NdArray x, Window window, NdArray like, Shape y) {
    return areNative(x, like)
        && !empty(x)
        && workspaceBytes(x.dtype(), x.shape(), window, y) != NOT_BY_ONEDNN;
  }

  @Override
  public long maxPoolWorkspaceBytes(NdArray x, Window window, NdArray y) {
    return canMaxPool(x, window, y)
        ? workspaceBytes(x.dtype(), x.shape(), window, y.shape())
        : plain.maxPoolWorkspaceBytes(x, window, y);
  }

  @Override
  public void maxPool(NdArray x, Window window, NdArray y, @Nullable NdArray workspace) {
    if (!canMaxPool(x, window, y)) {
      plain.maxPool(x, window, y, workspace);
      return;
    }
    var key = new Key(Op.MAX_POOL).add(x).add(window).add(y).add(workspace != null);
    if (!calls.run(key, () -> Poolings.max(x, window, y, workspace), x, y, workspace)) {
      throw new IllegalStateException("max pooling went one way and could not come back");
    }
  }

  @Override
  public void maxPoolBackward(NdArray dy, NdArray workspace, Window window, NdArray dx) {
    if (!canMaxPool(dx, window, dy)) {
      plain.maxPoolBackward(dy, workspace, window, dx);
      return;
    }
    var key = new Key(Op.MAX_POOL_BACKWARD).add(dy).add(window).add(dx);
    if (!calls.run(key, () -> Poolings.maxBackward(dy, window, dx), dy, workspace, dx)) {
      throw new IllegalStateException("max pooling went one way and could not come back");
    }
  }

  @Override
  public void maxPoolIndices(NdArray x, Window window, NdArray workspace, NdArray indices) {
    if (canMaxPool(x, window, x, indices.shape())) {
      Poolings.maxIndices(team, x.shape(), window, workspace, indices);
    } else {
      plain.maxPoolIndices(x, window, workspace, indices);
    }
  }

  /// oneDNN has no such thing: image by image in plain Java, on the whole team.
  @Override
  public void medianIndices(NdArray x, Window window, NdArray indices) {
    team.run(
        x.shape().size(0),
        i -> plain.medianIndices(x.slice(0, i, i + 1, 1), window, indices.slice(0, i, i + 1, 1)));
  }

  @Override
  public void averagePool(NdArray x, Window window, boolean countPad, NdArray y) {
    if (areNative(x, y) && !empty(x)) {
      var key = new Key(Op.AVERAGE_POOL).add(x).add(window).add(countPad).add(y);
      if (calls.run(key, () -> Poolings.average(x, window, countPad, y), x, y)) {
        return;
      }
    }
    plain.averagePool(x, window, countPad, y);
  }

  @Override
  public void averagePoolBackward(NdArray dy, Window window, boolean countPad, NdArray dx) {
    if (areNative(dy, dx) && !empty(dx)) {
      var key = new Key(Op.AVERAGE_POOL_BACKWARD).add(dy).add(window).add(countPad).add(dx);
      if (calls.run(key, () -> Poolings.averageBackward(dy, window, countPad, dx), dy, dx)) {
        return;
      }
    }
    plain.averagePoolBackward(dy, window, countPad, dx);
  }

  // ---- resampling

  @Override
  public void resample(NdArray x, Taps rows, Taps columns, NdArray y) {
    if (loops == null
        || !areNative(x, y)
        || empty(y)
        || !loops.resample(team, x, rows, columns, y)) {
      plain.resample(x, rows, columns, y);
    }
  }

  // ---- softmax

  @Override
  public void softmax(NdArray x, int axis, boolean log, NdArray y) {
    if (areF32(x, y) && !empty(y) && !mayHaveNan(x)) {
      int a = y.shape().axis(axis);
      var key = new Key(Op.SOFTMAX).add(x).add(a).add(log).add(y);
      if (calls.run(key, () -> Softmaxes.softmax(x, a, log, y), x, y)) {
        return;
      }
    }
    plain.softmax(x, axis, log, y);
  }

  @Override
  public void softmaxBackward(NdArray y, NdArray dy, int axis, boolean log, NdArray dx) {
    if (areF32(y, dy, dx) && !empty(dx)) {
      int a = dx.shape().axis(axis);
      var key = new Key(Op.SOFTMAX_BACKWARD).add(y).add(dy).add(a).add(log).add(dx);
      if (calls.run(key, () -> Softmaxes.backward(y, dy, a, log, dx), y, dy, dx)) {
        return;
      }
    }
    plain.softmaxBackward(y, dy, axis, log, dx);
  }

  // ---- indexing

  private static boolean worthALoop(NdArray x) {
    return x.shape().elements() >= WORTH_A_LOOP;
  }

  @Override
  public void gather(NdArray x, int axis, NdArray index, NdArray y) {
    if (!worthALoop(index) || loops == null || !loops.gather(team, x, axis, index, y)) {
      plain.gather(x, axis, index, y);
    }
  }

  @Override
  public void scatterAdd(NdArray x, int axis, NdArray index, NdArray y) {
    if (!worthALoop(index) || loops == null || !loops.scatterAdd(team, x, axis, index, y)) {
      plain.scatterAdd(x, axis, index, y);
    }
  }

  @Override
  public void scatter(NdArray x, int axis, NdArray index, NdArray y) {
    if (!worthALoop(index) || loops == null || !loops.scatter(team, x, axis, index, y)) {
      plain.scatter(x, axis, index, y);
    }
  }

  // ---- randomness

  /// Part by part on the whole team, each from its own place in the stream: a float32 takes one
  /// word.
  @Override
  public void uniform(Rng rng, double low, double high, NdArray y) {
    long elements = y.shape().elements();
    if (y.dtype() != F32 || !y.isContiguous() || elements <= DRAWN) {
      plain.uniform(rng, low, high, y);
      return;
    }
    var row = y.reshape(Shape.of(Math.toIntExact(elements)));
    if (row == null) {
      throw new AssertionError("a row-major array is also one row");
    }
    team.run(
        Math.toIntExact(Math.ceilDiv(elements, (long) DRAWN)),
        part -> {
          int start = part * DRAWN;
          var own = rng.copy();
          own.skip(start);
          int end = (int) Math.min(elements, start + (long) DRAWN);
          plain.uniform(own, low, high, row.slice(0, start, end, 1));
        });
    rng.skip(elements);
  }

  // ---- handed on as they are

  @Override
  public void normal(Rng rng, double mean, double deviation, NdArray y) {
    plain.normal(rng, mean, deviation, y);
  }

  @Override
  public void sgd(
      NdArray p,
      NdArray g,
      @Nullable NdArray v,
      double rate,
      double momentum,
      boolean nesterov,
      double weightDecay) {
    if (loops == null || !loops.sgd(team, p, g, v, rate, momentum, nesterov, weightDecay)) {
      plain.sgd(p, g, v, rate, momentum, nesterov, weightDecay);
    }
  }

  @Override
  public void adam(
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
    if (loops == null
        || !loops.adam(team, p, g, m, v, rate, beta1, beta2, eps, weightDecay, keep, step)) {
      plain.adam(p, g, m, v, rate, beta1, beta2, eps, weightDecay, keep, step);
    }
  }
}
