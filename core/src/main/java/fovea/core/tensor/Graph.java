package fovea.core.tensor;

import fovea.core.array.NdArray;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
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
///
/// A graph shows itself as text and as a picture, each node with its operation, shape and value,
/// and its gradient where that was asked for:
///
/// ```java
/// IO.println(Graph.of(f).withGradients().toText());
/// Files.writeString(Path.of("f.svg"), Graph.of(f).withGradients().toSvg());
/// ```
public final class Graph {
  private static final ScopedValue<Boolean> RECORDING = ScopedValue.newInstance();

  private final Tensor result;

  /// `null` where they were not asked for.
  private final @Nullable Map<Tensor, Tensor> gradients;

  private Graph(Tensor result, @Nullable Map<Tensor, Tensor> gradients) {
    this.result = result;
    this.gradients = gradients;
  }

  /// The graph of everything a tensor was made of, to look at. What needed no gradient was not
  /// recorded and is a constant here. Options of operations (windows, axes, factors) are shown
  /// until [Tensor#backward()] has dropped them.
  public static Graph of(Tensor result) {
    return new Graph(result, null);
  }

  /// The same graph, shown with the gradient of the result with respect to each node. The graph
  /// stays whole: [Tensor#backward()] can still be called.
  ///
  /// @throws IllegalArgumentException when the result is more than one number
  /// @throws IllegalStateException when a backward() has consumed the graph
  public Graph withGradients() {
    return new Graph(
        result,
        result.requiresGrad()
            ? unrecorded(() -> BackwardPass.run(result, seed(result), false))
            : new IdentityHashMap<>());
  }

  /// The tensor at the top.
  public Tensor result() {
    return result;
  }

  /// One line for each node, in the order of computation. A tensor without a name is called by a
  /// number, `%1`; of a tensor with more than a few elements, the smallest and the largest are
  /// shown.
  ///
  /// ```
  /// x = parameter   []   value -2    gradient -4
  /// y = parameter   []   value 5     gradient -4
  /// q = add(x, y)   []   value 3     gradient -4
  /// z = parameter   []   value -4    gradient 3
  /// f = mul(q, z)   []   value -12   gradient 1
  /// ```
  public String toText() {
    return GraphText.of(GraphView.of(result, gradients));
  }

  /// A picture as a standalone SVG document, for light and dark screens. Values flow from left to
  /// right, or, where that would become too wide, from top to bottom.
  ///
  /// @throws fovea.core.FoveaException when the graph has more nodes than a picture can show (400)
  public String toSvg() {
    return GraphSvg.of(GraphView.of(result, gradients));
  }

  /// As [#toText()].
  @Override
  public String toString() {
    return toText();
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
    boolean differentiable = false;
    boolean isView = false;
    for (var input : inputs) {
      isView |= input.array().storage() == result.storage();
    }
    if (!isView) {
      result.storage().origin(operation);
    }
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
