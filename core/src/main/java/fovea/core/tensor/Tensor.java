package fovea.core.tensor;

import fovea.core.array.DType;
import fovea.core.array.NdArray;
import fovea.core.array.Rng;
import fovea.core.array.Shape;
import fovea.core.array.ShapeException;
import fovea.core.kernel.Binary;
import fovea.core.kernel.Kernels;
import fovea.core.kernel.Reduction;
import fovea.core.kernel.Unary;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// An array of numbers of one type, and a value in the computational graph.
///
/// Operations run at once and return new tensors; where an operand requires a gradient they are
/// also recorded, so that [#backward()] can follow them back. Shapes are logical: images are [N, C,
/// H, W], whatever their order in memory. Both operands of an operation have one type; nothing is
/// converted silently (**differs** from PyTorch, which promotes).
///
/// ```java
/// var x = Tensor.of(-2f).withGrad();
/// var f = x.mul(x).sum();
/// f.backward().of(x).item();   // −4
/// ```
///
/// A tensor need not be closed: its memory goes back when nobody holds it, or when the
/// [fovea.core.memory.Scope] that it was made in ends.
public final class Tensor {
  private final NdArray array;
  private final boolean requiresGrad;
  private @Nullable Node node;
  private @Nullable String name;

  Tensor(NdArray array, boolean requiresGrad) {
    this.array = array;
    this.requiresGrad = requiresGrad;
  }

  // ---- making

  /// A tensor over an array, without a copy.
  public static Tensor of(NdArray array) {
    return new Tensor(array, false);
  }

  /// A vector of float32.
  public static Tensor of(float... values) {
    return of(values, Shape.of(values.length));
  }

  /// A copy of the values, in row-major order.
  ///
  /// @throws ShapeException when their number is not the shape's
  public static Tensor of(float[] values, Shape shape) {
    return of(NdArray.of(values, shape));
  }

  public static Tensor of(double[] values, Shape shape) {
    return of(NdArray.of(values, shape));
  }

  public static Tensor of(int[] values, Shape shape) {
    return of(NdArray.of(values, shape));
  }

  public static Tensor of(long[] values, Shape shape) {
    return of(NdArray.of(values, shape));
  }

  /// A single number, of shape [].
  public static Tensor scalar(double value, DType dtype) {
    return full(value, Shape.of(), dtype);
  }

  public static Tensor zeros(Shape shape, DType dtype) {
    return full(0, shape, dtype);
  }

  /// Zeros of float32.
  public static Tensor zeros(int... shape) {
    return zeros(Shape.of(shape), DType.F32);
  }

  /// Ones of float32.
  public static Tensor ones(int... shape) {
    return full(1, Shape.of(shape), DType.F32);
  }

  public static Tensor full(double value, Shape shape, DType dtype) {
    var y = NdArray.allocate(dtype, shape);
    y.storage().origin("full");
    Kernels.best().fill(y, value);
    return of(y);
  }

  /// The numbers 0 … n − 1 (int64).
  public static Tensor arange(int n) {
    if (n < 0) {
      throw new ShapeException("arange", "there are no " + n + " numbers");
    }
    var values = new long[n];
    for (int i = 0; i < n; i++) {
      values[i] = i;
    }
    return of(values, Shape.of(n));
  }

  /// Uniform random numbers in [low, high).
  public static Tensor uniform(Rng rng, double low, double high, Shape shape, DType dtype) {
    var y = NdArray.allocate(dtype, shape);
    y.storage().origin("uniform");
    Kernels.best().uniform(rng, low, high, y);
    return of(y);
  }

  /// Normal random numbers.
  public static Tensor normal(Rng rng, double mean, double deviation, Shape shape, DType dtype) {
    var y = NdArray.allocate(dtype, shape);
    y.storage().origin("normal");
    Kernels.best().normal(rng, mean, deviation, y);
    return of(y);
  }

  // ---- describing

  public Shape shape() {
    return array.shape();
  }

  public DType dtype() {
    return array.dtype();
  }

  /// The raw values; for kernels and input/output.
  public NdArray array() {
    return array;
  }

  /// Whether [#backward()] of something made of this tensor computes a gradient for it.
  public boolean requiresGrad() {
    return requiresGrad;
  }

  /// What it is called in pictures of the graph; `null` where nobody named it.
  public @Nullable String name() {
    return name;
  }

  /// Names it for pictures of the graph.
  public Tensor named(String newName) {
    name = newName;
    return this;
  }

  @Nullable Node node() {
    return node;
  }

  void node(Node n) {
    node = n;
  }

  // ---- the graph

  /// The same values as a parameter: a start of the graph whose gradient is wanted.
  ///
  /// @throws ShapeException when the type is not a floating one
  public Tensor withGrad() {
    if (!dtype().isFloating()) {
      throw new ShapeException("withGrad", "values of type " + dtype() + " have no gradient");
    }
    return new Tensor(array, true);
  }

  /// The same values, outside the graph.
  public Tensor detach() {
    return requiresGrad ? new Tensor(array, false) : this;
  }

  /// Lets it outlive the scope it was made in.
  public Tensor keep() {
    array.storage().keep();
    return this;
  }

  /// The gradients of this number with respect to all parameters that it was made of. What the
  /// operations saved is dropped on the way, so it can be called once; see [Graph#gradients] for
  /// several times, and for gradients of gradients.
  ///
  /// @throws IllegalArgumentException when this is more than one number
  public Gradients backward() {
    return backward(Graph.seed(this));
  }

  /// As [#backward()], of the sum of this tensor's elements weighted by `gradient`, which has its
  /// shape.
  public Gradients backward(Tensor gradient) {
    return new Gradients(Graph.unrecorded(() -> BackwardPass.run(this, gradient, true)));
  }

  // ---- reading

  /// The value of a tensor of one element.
  public float item() {
    return (float) itemAsDouble();
  }

  public double itemAsDouble() {
    if (shape().elements() != 1) {
      throw new ShapeException("item", shape() + " is not one number");
    }
    return array.get(new int[shape().rank()]);
  }

  /// All elements in row-major order, converted.
  public float[] toFloats() {
    return array.toFloats();
  }

  public double[] toDoubles() {
    return array.toDoubles();
  }

  public int[] toInts() {
    return array.toInts();
  }

  public long[] toLongs() {
    return array.toLongs();
  }

  // ---- arithmetic with another tensor; shapes broadcast

  public Tensor add(Tensor other) {
    return Arithmetic.add(this, other);
  }

  public Tensor sub(Tensor other) {
    return Arithmetic.sub(this, other);
  }

  public Tensor mul(Tensor other) {
    return Arithmetic.mul(this, other);
  }

  public Tensor div(Tensor other) {
    return Arithmetic.div(this, other);
  }

  /// this^exponent. Where the base is 0 the exponent's gradient is 0.
  public Tensor pow(Tensor exponent) {
    return Arithmetic.pow(this, exponent);
  }

  /// max(this + other, 0), in one pass: where the branches of a residual block meet.
  public Tensor addRelu(Tensor other) {
    return Arithmetic.addRelu(this, other);
  }

  /// The larger of two; at a tie each gets half of the gradient, as in PyTorch.
  public Tensor maximum(Tensor other) {
    return Arithmetic.maximum(this, other);
  }

  /// The smaller of two; at a tie each gets half of the gradient, as in PyTorch.
  public Tensor minimum(Tensor other) {
    return Arithmetic.minimum(this, other);
  }

  // ---- arithmetic with a number

  public Tensor add(double number) {
    return Pointwise.apply(Unary.linear(1, number), this);
  }

  public Tensor sub(double number) {
    return add(-number);
  }

  public Tensor mul(double number) {
    return Pointwise.apply(Unary.linear(number, 0), this);
  }

  public Tensor div(double number) {
    return mul(1 / number);
  }

  public Tensor pow(double exponent) {
    return Pointwise.apply(Unary.pow(exponent), this);
  }

  public Tensor neg() {
    return mul(-1);
  }

  // ---- comparison: bool tensors

  public Tensor eq(Tensor other) {
    return Arithmetic.compare(Binary.EQ, this, other);
  }

  public Tensor ne(Tensor other) {
    return Arithmetic.compare(Binary.NE, this, other);
  }

  public Tensor lt(Tensor other) {
    return Arithmetic.compare(Binary.LT, this, other);
  }

  public Tensor le(Tensor other) {
    return Arithmetic.compare(Binary.LE, this, other);
  }

  public Tensor gt(Tensor other) {
    return Arithmetic.compare(Binary.GT, this, other);
  }

  public Tensor ge(Tensor other) {
    return Arithmetic.compare(Binary.GE, this, other);
  }

  public Tensor eq(double number) {
    return eq(scalar(number, dtype()));
  }

  public Tensor ne(double number) {
    return ne(scalar(number, dtype()));
  }

  public Tensor lt(double number) {
    return lt(scalar(number, dtype()));
  }

  public Tensor le(double number) {
    return le(scalar(number, dtype()));
  }

  public Tensor gt(double number) {
    return gt(scalar(number, dtype()));
  }

  public Tensor ge(double number) {
    return ge(scalar(number, dtype()));
  }

  /// `a` where the condition (bool) holds, else `b`; shapes broadcast.
  public static Tensor where(Tensor condition, Tensor a, Tensor b) {
    return Arithmetic.where(condition, a, b);
  }

  // ---- functions of each element

  public Tensor exp() {
    return Pointwise.apply(Unary.EXP, this);
  }

  /// The natural logarithm.
  public Tensor log() {
    return Pointwise.apply(Unary.LOG, this);
  }

  public Tensor sqrt() {
    return Pointwise.apply(Unary.SQRT, this);
  }

  /// The absolute value; its gradient at 0 is 0.
  public Tensor abs() {
    return Pointwise.apply(Unary.ABS, this);
  }

  /// −1, 0 or 1; its gradient is 0.
  public Tensor sign() {
    return Pointwise.apply(Unary.SIGN, this);
  }

  /// The error function, 2/√π · ∫₀ˣ exp(−t²) dt.
  public Tensor erf() {
    return Pointwise.apply(Unary.ERF, this);
  }

  /// Limits to [low, high]; the gradient is 1 inside and at the limits, 0 outside.
  public Tensor clamp(double low, double high) {
    if (!(low <= high)) {
      throw new IllegalArgumentException("clamp: the limits are " + low + " and " + high);
    }
    return Pointwise.apply(Unary.clamp(low, high), this);
  }

  /// 1/(1 + exp(−x)).
  public Tensor sigmoid() {
    return Pointwise.apply(Unary.SIGMOID, this);
  }

  public Tensor tanh() {
    return Pointwise.apply(Unary.TANH, this);
  }

  /// max(x, 0); its gradient at 0 is 0.
  public Tensor relu() {
    return Pointwise.apply(Unary.RELU, this);
  }

  /// x·Φ(x), with Φ the standard normal distribution function (Hendrycks & Gimpel 2016); exact, not
  /// the approximation by tanh.
  public Tensor gelu() {
    return Pointwise.apply(Unary.GELU, this);
  }

  /// exp(x)/Σ exp(x) along an axis. Of bfloat16, in float32.
  public Tensor softmax(int axis) {
    return Softmax.softmax(this, axis, false);
  }

  /// log softmax along an axis, without overflow. Of bfloat16, in float32.
  public Tensor logSoftmax(int axis) {
    return Softmax.softmax(this, axis, true);
  }

  // ---- reductions: over the axes given, which disappear, or over all

  public Tensor sum(int... axes) {
    return Reductions.squeeze(sumKeep(axes), axes);
  }

  public Tensor mean(int... axes) {
    return Reductions.squeeze(meanKeep(axes), axes);
  }

  /// The largest; among equals the gradient is shared evenly (PyTorch's `amax`).
  public Tensor max(int... axes) {
    return Reductions.squeeze(Reductions.reduce(Reduction.MAX, this, axes), axes);
  }

  /// The smallest; among equals the gradient is shared evenly (PyTorch's `amin`).
  public Tensor min(int... axes) {
    return Reductions.squeeze(Reductions.reduce(Reduction.MIN, this, axes), axes);
  }

  /// As [#sum], but the axes stay, with size 1.
  public Tensor sumKeep(int... axes) {
    return Reductions.reduce(Reduction.SUM, this, axes);
  }

  /// As [#mean], but the axes stay, with size 1.
  public Tensor meanKeep(int... axes) {
    return Reductions.reduce(Reduction.MEAN, this, axes);
  }

  /// The index (int64) of the first largest element along an axis, which disappears.
  public Tensor argMax(int axis) {
    return Reductions.argMax(this, axis);
  }

  /// Undoes a broadcast: sums over the axes along which `shape` would be repeated to reach this
  /// one.
  public Tensor sumTo(Shape shape) {
    return Reductions.sumTo(this, shape);
  }

  // ---- linear algebra

  /// The matrix product over the last two axes; leading axes broadcast. A vector on the left is a
  /// row, on the right a column, and that axis disappears.
  ///
  /// **Shapes**: `[…, M, K] · […, K, N] → […, M, N]`
  public Tensor matmul(Tensor other) {
    return Products.matmul(this, other);
  }

  /// x·wᵀ + bias, as a fully connected layer computes it.
  ///
  /// **Shapes**: `x […, in]`, `weight [out, in]`, `bias [out]` → `[…, out]`
  public Tensor linear(Tensor weight, @Nullable Tensor bias) {
    return Products.linear(this, weight, bias);
  }

  // ---- shapes

  /// The same elements in row-major order in another shape; one size may be −1, for what is left. A
  /// view where that is possible.
  public Tensor reshape(int... sizes) {
    return Views.reshape(this, sizes);
  }

  /// Joins the axes from `start` on into one.
  public Tensor flatten(int start) {
    int a = Axes.of("flatten", shape(), start);
    var sizes = new int[a + 1];
    int rest = 1;
    for (int i = 0; i < shape().rank(); i++) {
      if (i < a) {
        sizes[i] = shape().size(i);
      } else {
        rest *= shape().size(i);
      }
    }
    sizes[a] = rest;
    return reshape(sizes);
  }

  /// The axes in another order; a view.
  public Tensor permute(int... axes) {
    return Views.permute(this, axes);
  }

  /// Two axes exchanged; a view.
  public Tensor transpose(int a, int b) {
    var axes = new int[shape().rank()];
    for (int i = 0; i < axes.length; i++) {
      axes[i] = i;
    }
    int first = Axes.of("transpose", shape(), a);
    int second = Axes.of("transpose", shape(), b);
    axes[first] = second;
    axes[second] = first;
    return permute(axes);
  }

  /// The elements along some axes in reverse order; a copy.
  public Tensor flip(int... axes) {
    return Views.flip(this, axes);
  }

  /// A new axis of size 1 before axis `at`; −1 appends one.
  public Tensor unsqueeze(int at) {
    int a = at < 0 ? at + shape().rank() + 1 : at;
    if (a < 0 || a > shape().rank()) {
      throw new ShapeException("unsqueeze", at + " is no place among the axes of " + shape());
    }
    return reshape(shape().insert(a, 1).sizes());
  }

  /// Without an axis of size 1.
  public Tensor squeeze(int axis) {
    int a = Axes.of("squeeze", shape(), axis);
    if (shape().size(a) != 1) {
      throw new ShapeException("squeeze", "axis " + axis + " of " + shape() + " is not of size 1");
    }
    return reshape(shape().without(a).sizes());
  }

  /// Repeats axes of size 1, and missing leading ones; a view.
  public Tensor expand(Shape to) {
    return Views.expand(this, to);
  }

  /// Indices `start` (inclusive) to `end` (exclusive) along an axis; a view.
  public Tensor slice(int axis, int start, int end) {
    return slice(axis, start, end, 1);
  }

  /// Every `step`-th index from `start` (inclusive) to `end` (exclusive) along an axis; a view.
  public Tensor slice(int axis, int start, int end, int step) {
    return Views.slice(this, axis, start, end, step);
  }

  /// The slice at one index of an axis, which disappears; a view.
  public Tensor select(int axis, int index) {
    int a = Axes.of("select", shape(), axis);
    if (index < 0 || index >= shape().size(a)) {
      throw new ShapeException(
          "select", "index " + index + " lies outside axis " + axis + " of " + shape());
    }
    return slice(a, index, index + 1).squeeze(a);
  }

  /// Joins tensors that differ along one axis at most.
  public static Tensor concat(int axis, List<Tensor> parts) {
    return Views.concat(axis, parts);
  }

  public static Tensor concat(int axis, Tensor... parts) {
    return concat(axis, List.of(parts));
  }

  /// Adds elements of one value before and after an axis.
  public Tensor pad(int axis, int before, int after, double value) {
    return Views.pad(this, axis, before, after, value);
  }

  /// y[…, i, …] = x[…, index[…, i, …], …] along an axis, of the index's shape (PyTorch's `gather`).
  /// The index is int64 or int32 and has x's rank.
  public Tensor gather(int axis, Tensor index) {
    return Views.gather(this, axis, index);
  }

  /// Zeros of a shape, to which each element is added at its index along an axis; undoes [#gather].
  public Tensor scatterAdd(Shape shape, int axis, Tensor index) {
    return Views.scatterAdd(this, shape, axis, index);
  }

  /// Converts the type; itself where it has it. To an integer: towards zero.
  public Tensor to(DType dtype) {
    return Views.cast(this, dtype);
  }

  /// The same elements in row-major order in memory; itself where they are.
  public Tensor contiguous() {
    return Views.contiguous(this);
  }

  /// The values, as nested lists, shortened where there are many, with type and shape.
  @Override
  public String toString() {
    return TensorText.of(this);
  }
}
