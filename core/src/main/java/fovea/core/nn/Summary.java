package fovea.core.nn;

import fovea.core.array.DType;
import fovea.core.array.Shape;
import fovea.core.memory.Scope;
import fovea.core.tensor.Fit;
import fovea.core.tensor.Tensor;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// What a model is made of, what its units see and what it costs, found by running it once on
/// zeros.
///
/// A layer's parameters can be counted without any of this, and without making them:
/// [Layer#parameterCount].
///
/// @param input the shape of one batch that was run, [N, …]
/// @param rows a row for each layer in the order they start, depth first
/// @param parameters numbers that training moves
/// @param multiplyAdds of one forward pass over `input`
/// @param dropped windows that did not fit their images evenly, and what they left out
public record Summary(
    Shape input, List<Row> rows, long parameters, long multiplyAdds, List<Dropped> dropped) {

  /// One layer.
  ///
  /// @param depth how many layers it is nested in
  /// @param path its name from the root, empty for the root
  /// @param parameters of its own, children not counted
  /// @param multiplyAdds of its own, children not counted
  /// @param field what its units see of the model's input; `null` where they have no place in the
  ///   image
  public record Row(
      int depth,
      String path,
      String layer,
      Shape x,
      Shape y,
      long parameters,
      long multiplyAdds,
      @Nullable ReceptiveField field) {

    /// Whether units see the whole input: those of a layer that has no place for them in the image,
    /// as after a flattening.
    public boolean seesAll() {
      return field == null || field.axes().stream().allMatch(ReceptiveField.Axis::whole);
    }
  }

  /// A window that did not fit evenly.
  ///
  /// @param path of the layer that moved it
  public record Dropped(String path, Fit.Dropped what) {
    @Override
    public String toString() {
      return (path.isEmpty() ? what.operation() : path) + ": " + what;
    }
  }

  /// As [#of], of a model whose windows all fit evenly.
  ///
  /// @throws fovea.core.array.ShapeException naming the first layer whose window does not, and what
  ///   it would drop
  public static Summary exactly(Layer model, Shape input) {
    try (var _ = Scope.open("summary")) {
      var x = Tensor.zeros(input, DType.F32);
      Fit.exactly(() -> Mode.evaluating(() -> model.forward(x)));
    }
    return of(model, input);
  }

  /// Runs the model on one batch of zeros in evaluation mode.
  ///
  /// @param input [N, …]
  public static Summary of(Layer model, Shape input) {
    try (var _ = Scope.open("summary")) {
      var x = Tensor.zeros(input, DType.F32).withGrad();
      var watching = new Watching(x);
      // Not Mode.evaluating, which would not record: receptive fields are read off the graph.
      ScopedValue.where(Modes.CURRENT, Modes.EVALUATE)
          .run(
              () ->
                  Observer.watch(
                      watching, () -> Fit.noting(watching::note, () -> model.forward(x))));
      var fields = new IdentityHashMap<Tensor, Optional<ReceptiveField>>();
      var rows = watching.rows.stream().map(r -> r.row(x, fields)).toList();
      return new Summary(
          input,
          rows,
          model.parameterCount(),
          rows.stream().mapToLong(Row::multiplyAdds).sum(),
          List.copyOf(watching.dropped));
    }
  }

  /// A layer as it ran.
  private record Run(int depth, Layer layer, Tensor x, Tensor y, long multiplyAdds) {
    Row row(Tensor image, Map<Tensor, Optional<ReceptiveField>> fields) {
      long own =
          layer.ownParameters().values().stream()
              .filter(Parameter::isTrainable)
              .mapToLong(p -> p.shape().elements())
              .sum();
      var field = fields.computeIfAbsent(y, t -> ReceptiveField.of(t, image));
      return new Row(
          depth,
          layer.path(),
          layer.describe(),
          x.shape(),
          y.shape(),
          own,
          multiplyAdds,
          field.orElse(null));
    }
  }

  /// Takes down what runs.
  private static final class Watching implements Observer {
    private final List<Run> rows = new ArrayList<>();
    private final List<Integer> open = new ArrayList<>();
    private final List<Dropped> dropped = new ArrayList<>();
    private final Tensor image;

    Watching(Tensor image) {
      this.image = image;
    }

    @Override
    public void before(Layer layer) {
      open.add(rows.size());
      rows.add(new Run(open.size() - 1, layer, image, image, 0));
    }

    @Override
    public void after(Layer layer, Tensor x, Tensor y, long multiplyAdds) {
      int at = open.removeLast();
      rows.set(at, new Run(open.size(), layer, x, y, multiplyAdds));
    }

    void note(Fit.Dropped what) {
      dropped.add(new Dropped(open.isEmpty() ? "" : rows.get(open.getLast()).layer.path(), what));
    }
  }
}
