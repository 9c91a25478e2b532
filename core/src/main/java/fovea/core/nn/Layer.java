package fovea.core.nn;

import fovea.core.FoveaException;
import fovea.core.array.DType;
import fovea.core.array.Rng;
import fovea.core.array.Shape;
import fovea.core.array.ShapeException;
import fovea.core.tensor.Tensor;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.function.BiConsumer;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/// A function with state: parameters, buffers and child layers, each under an explicit name. Names
/// and shapes are PyTorch's: `layer1.0.conv1.weight`.
///
/// To write one, declare its state in the constructor and its function in [#compute]:
///
/// ```java
/// public final class Scale extends Layer {
///   private final Parameter factor = param("factor", Shape.of(1), Init.constant(1));
///   protected Tensor compute(Tensor x) { return x.mul(factor.get()); }
/// }
/// ```
///
/// A layer never knows whether it trains or evaluates; it asks [Mode#current()].
public abstract class Layer implements Forward {
  private final SequencedMap<String, Parameter> parameters = new LinkedHashMap<>();
  private final SequencedMap<String, Layer> children = new LinkedHashMap<>();
  private @Nullable Layer parent;
  private String name = "";
  private boolean frozen;

  /// A layer without state as yet.
  protected Layer() {}

  // ---- for layers to declare their state

  /// Declares a parameter.
  protected final Parameter param(String name, Shape shape, Init init) {
    return declare(new Parameter(this, name, shape, init, true));
  }

  /// Declares a tensor that belongs to the state but is not trained.
  protected final Parameter buffer(String name, Shape shape, Init init) {
    return declare(new Parameter(this, name, shape, init, false));
  }

  private Parameter declare(Parameter p) {
    if (parameters.putIfAbsent(p.name(), p) != null) {
      throw new IllegalArgumentException(
          "%s has two tensors called \"%s\"".formatted(getClass().getSimpleName(), p.name()));
    }
    return p;
  }

  /// Declares a child and returns it. A layer that has two parents goes by the name that the first
  /// gave it.
  protected final <L extends Layer> L child(String name, L layer) {
    if (children.putIfAbsent(name, layer) != null) {
      throw new IllegalArgumentException(
          "%s has two children called \"%s\"".formatted(getClass().getSimpleName(), name));
    }
    Layer child = layer;
    if (child.parent == null) {
      child.parent = this;
      child.name = name;
    }
    return layer;
  }

  /// What the layer does.
  protected abstract Tensor compute(Tensor x);

  /// Multiply-adds to compute `y` from `x`, children not counted.
  protected long multiplyAdds(Shape x, Shape y) {
    return 0;
  }

  /// What it is, with its options, for summaries: `Conv2d(1 → 6, 5×5, pad 2)`.
  public String describe() {
    return getClass().getSimpleName();
  }

  // ---- use

  /// Applies the layer.
  ///
  /// @throws ShapeException naming this layer, when `x` does not fit
  @Override
  public final Tensor forward(Tensor x) {
    return apply(x, this::compute);
  }

  /// Applies the layer together with what follows it, seen from outside as one layer.
  ///
  /// @param function computes both
  final Tensor apply(Tensor x, UnaryOperator<Tensor> function) {
    try {
      if (!Observer.CURRENT.isBound()) {
        return function.apply(x);
      }
      var observer = Observer.CURRENT.get();
      observer.before(this);
      var y = function.apply(x);
      observer.after(this, x, y, multiplyAdds(x.shape(), y.shape()));
      return y;
    } catch (ShapeException e) {
      throw e.in(path());
    }
  }

  /// The names from the root to here, joined by dots; empty for the root.
  public final String path() {
    var p = parent;
    if (p == null) {
      return "";
    }
    var above = p.path();
    return above.isEmpty() ? name : above + "." + name;
  }

  final Layer root() {
    var top = this;
    while (top.parent != null) {
      top = top.parent;
    }
    return top;
  }

  /// The child layers by name.
  public final SequencedMap<String, Layer> children() {
    return Collections.unmodifiableSequencedMap(children);
  }

  /// This layer's own parameters and buffers by name.
  public final SequencedMap<String, Parameter> ownParameters() {
    return Collections.unmodifiableSequencedMap(parameters);
  }

  // ---- state

  private void visit(String prefix, BiConsumer<String, Parameter> visitor) {
    parameters.forEach((n, p) -> visitor.accept(prefix + n, p));
    children.forEach((n, c) -> c.visit(prefix + n + ".", visitor));
  }

  /// All parameters and buffers by name, the tensors themselves: own ones first, then the
  /// children's.
  public final SequencedMap<String, Tensor> state() {
    var state = new LinkedHashMap<String, Tensor>();
    visit("", (n, p) -> state.put(n, p.get()));
    return state;
  }

  /// The parameters that training moves, by name.
  public final SequencedMap<String, Tensor> parameters() {
    var trained = new LinkedHashMap<String, Tensor>();
    visit(
        "",
        (n, p) -> {
          if (p.isTrainable()) {
            trained.put(n, p.get());
          }
        });
    return trained;
  }

  /// How many numbers training moves.
  public final long parameterCount() {
    var sum = new long[1];
    visit("", (n, p) -> sum[0] += p.isTrainable() ? p.shape().elements() : 0);
    return sum[0];
  }

  /// Draws all parameters anew, each from a stream of its own name, so that adding a layer changes
  /// no other.
  public final void init(Rng rng) {
    visit("", (n, p) -> p.draw(rng.split(n), p.init()));
  }

  /// Draws those parameters that have no values yet.
  public final void initMissing(Rng rng) {
    initMissing(rng, Init.constant(0), _ -> false);
  }

  /// Draws those parameters that have no values yet: weights, of two axes or more, that training
  /// moves as `weights` says where it is for their shape, all else as their layers say.
  final synchronized void initMissing(Rng rng, Init weights, Predicate<Shape> isFor) {
    visit(
        "",
        (n, p) -> {
          if (p.isMissing()) {
            boolean takes = p.isTrainable() && p.shape().rank() > 1 && isFor.test(p.shape());
            p.draw(rng.split(n), takes ? weights : p.init());
          }
        });
  }

  /// Loads a whole state.
  ///
  /// @throws FoveaException listing all that is missing, unexpected or of another shape; nothing is
  ///   loaded then
  public final void load(Map<String, Tensor> weights) {
    var report = compare(weights);
    if (!report.isComplete()) {
      throw new FoveaException("the weights are not of this model: " + report.problems());
    }
    loadWhatFits(weights);
  }

  /// Loads what fits by name and shape, and reports what did not.
  public final LoadReport loadWhatFits(Map<String, Tensor> weights) {
    var report = compare(weights);
    visit(
        "",
        (n, p) -> {
          var w = weights.get(n);
          if (w != null && w.shape().equals(p.shape())) {
            p.set(w);
          }
        });
    return report;
  }

  private LoadReport compare(Map<String, Tensor> weights) {
    var loaded = new ArrayList<String>();
    var missing = new ArrayList<String>();
    var mismatched = new ArrayList<String>();
    visit(
        "",
        (n, p) -> {
          var w = weights.get(n);
          if (w == null) {
            missing.add(n);
          } else if (!w.shape().equals(p.shape())) {
            mismatched.add("%s is %s, expected %s".formatted(n, w.shape(), p.shape()));
          } else {
            loaded.add(n);
          }
        });
    var known = new ArrayList<String>();
    visit("", (n, p) -> known.add(n));
    // PyTorch's count of batches, which batch norm here does without.
    var unexpected =
        weights.keySet().stream()
            .filter(n -> !known.contains(n) && !n.endsWith("num_batches_tracked"))
            .toList();
    return new LoadReport(
        List.copyOf(loaded), List.copyOf(missing), unexpected, List.copyOf(mismatched));
  }

  /// Converts all state to a floating type, for example to float64 to check gradients.
  public final Layer to(DType dtype) {
    visit("", (n, p) -> p.to(dtype));
    return this;
  }

  /// Exempts this layer and all below from training: its parameters do not move, its batch norm
  /// keeps its statistics.
  public final void freeze() {
    setFrozen(true);
  }

  public final void unfreeze() {
    setFrozen(false);
  }

  private void setFrozen(boolean value) {
    frozen = value;
    children.values().forEach(c -> c.setFrozen(value));
  }

  public final boolean isFrozen() {
    return frozen;
  }

  /// The layers as an indented list.
  @Override
  public final String toString() {
    var out = new StringBuilder(describe());
    children.forEach(
        (n, c) ->
            out.append("\n  ").append(n).append(": ").append(c.toString().replace("\n", "\n  ")));
    return out.toString();
  }
}
