package fovea.core.nn;

import fovea.core.array.DType;
import fovea.core.array.Shape;
import fovea.core.memory.Scope;
import fovea.core.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;

/// What a model is made of and what it costs, found by running it once on zeros.
///
/// @param input the shape of one batch that was run, [N, …]
/// @param rows a row for each layer in the order they start, depth first
/// @param parameters numbers that training moves
/// @param multiplyAdds of one forward pass over `input`
public record Summary(Shape input, List<Row> rows, long parameters, long multiplyAdds) {

  /// One layer.
  ///
  /// @param depth how many layers it is nested in
  /// @param path its name from the root, empty for the root
  /// @param parameters of its own, children not counted
  /// @param multiplyAdds of its own, children not counted
  public record Row(
      int depth, String path, String layer, Shape x, Shape y, long parameters, long multiplyAdds) {}

  /// Runs the model on one batch of zeros in evaluation mode.
  ///
  /// @param input [N, …]
  public static Summary of(Layer model, Shape input) {
    var rows = new ArrayList<Row>();
    var open = new ArrayList<Integer>();
    var observer =
        new Observer() {
          @Override
          public void before(Layer layer) {
            open.add(rows.size());
            rows.add(new Row(open.size() - 1, layer.path(), layer.describe(), input, input, 0, 0));
          }

          @Override
          public void after(Layer layer, Shape x, Shape y, long multiplyAdds) {
            int at = open.removeLast();
            long own =
                layer.ownParameters().values().stream()
                    .filter(Parameter::isTrainable)
                    .mapToLong(p -> p.shape().elements())
                    .sum();
            rows.set(
                at, new Row(open.size(), layer.path(), layer.describe(), x, y, own, multiplyAdds));
          }
        };
    try (var _ = Scope.open("summary")) {
      Observer.watch(
          observer, () -> Mode.evaluating(() -> model.forward(Tensor.zeros(input, DType.F32))));
    }
    return new Summary(
        input,
        List.copyOf(rows),
        model.parameterCount(),
        rows.stream().mapToLong(Row::multiplyAdds).sum());
  }
}
