package fovea.core.tensor;

import fovea.core.array.NdArray;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// The computational graph: operations are recorded as they run. This is also how a user adds an
/// operation of their own; there is no other mechanism.
///
/// ```java
/// record Cube(Tensor x) implements Backward {
///   public Tensor[] backward(Tensor g) { return new Tensor[] {g.mul(x.mul(x)).mul(3)}; }
/// }
/// Tensor cube(Tensor x) { return Graph.record(compute(x.array()), new Cube(x), x); }
/// ```
public final class Graph {
  private static final ScopedValue<Boolean> RECORDING = ScopedValue.newInstance();

  private final Tensor result;

  private Graph(Tensor result) {
    this.result = result;
  }

  /// The graph of everything a tensor was made of, to look at.
  public static Graph of(Tensor result) {
    return new Graph(result);
  }

  /// The tensor at the top.
  public Tensor result() {
    return result;
  }

  /// Makes the result of an operation a tensor of the graph, where recording is on and an input
  /// requires a gradient.
  ///
  /// @param result what was computed
  /// @param op how gradients pass back
  /// @param inputs what gradients pass to
  public static Tensor record(NdArray result, Backward op, Tensor... inputs) {
    var y = unrecorded(result, op.operation(), inputs);
    if (y.requiresGrad()) {
      y.node(new Node(op, inputs));
    }
    return y;
  }

  /// As the other `record`, for operations whose gradient is a function of their own result.
  ///
  /// @param operation its name in graphs and errors
  /// @param op given the result as a tensor
  public static Tensor record(
      NdArray result, String operation, Function<Tensor, ? extends Backward> op, Tensor... inputs) {
    var y = unrecorded(result, operation, inputs);
    if (y.requiresGrad()) {
      y.node(new Node(op.apply(y), inputs));
    }
    return y;
  }

  private static Tensor unrecorded(NdArray result, String operation, Tensor... inputs) {
    result.storage().origin(operation);
    boolean differentiable = false;
    if (result.dtype().isFloating() && isRecording()) {
      for (var input : inputs) {
        differentiable |= input.requiresGrad();
      }
    }
    return new Tensor(result, differentiable);
  }

  /// Whether operations are recorded on this thread.
  public static boolean isRecording() {
    return RECORDING.orElse(Boolean.TRUE);
  }

  /// Runs without recording: for inference and for updates of parameters.
  public static <T extends @Nullable Object> T unrecorded(Supplier<T> body) {
    return ScopedValue.where(RECORDING, Boolean.FALSE).call(body::get);
  }

  /// The gradients of a number with respect to tensors, which may be inner ones, as tensors that
  /// can be differentiated again. The graph stays whole.
  ///
  /// @return in the order of `wrt`; zeros for what the number does not depend on
  /// @throws IllegalArgumentException when `y` is more than one number
  public static List<Tensor> gradients(Tensor y, Tensor... wrt) {
    var all = BackwardPass.run(y, seed(y), false);
    var result = new ArrayList<Tensor>();
    for (var t : wrt) {
      var g = all.get(t);
      result.add(g != null ? g : Tensor.zeros(t.shape(), t.dtype()));
    }
    return result;
  }

  static Tensor seed(Tensor y) {
    if (y.shape().elements() != 1) {
      throw new IllegalArgumentException(
          "backward() starts from one number, this result is %s; reduce it with sum() or mean(), or pass backward(gradient)"
              .formatted(y.shape()));
    }
    if (!y.dtype().isFloating()) {
      throw new IllegalArgumentException(
          "backward: a result of type " + y.dtype() + " has no gradient");
    }
    return Tensor.full(1, y.shape(), y.dtype());
  }
}
