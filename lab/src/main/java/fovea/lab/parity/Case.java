package fovea.lab.parity;

import fovea.core.array.Shape;
import fovea.core.nn.Layer;
import fovea.core.tensor.Tensor;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// One comparison: the same values through Fovea's function and through the reference's.
///
/// @param options in words, for whoever has to find out what went wrong
/// @param layer whose state belongs to the function; `null` for a function without state
/// @param state the layer's values by name: of parameters and buffers
/// @param differentiated whether gradients are compared too
/// @param training whether layers train
record Case(
    String options,
    List<Input> inputs,
    @Nullable Layer layer,
    Map<String, double[]> state,
    Ours ours,
    Reference reference,
    boolean differentiated,
    boolean training) {

  /// Fovea's function.
  interface Ours {
    Tensor of(List<Tensor> inputs);
  }

  /// A function without state.
  static Case of(String options, List<Input> inputs, Ours ours, Reference reference) {
    return new Case(options, inputs, null, Map.of(), ours, reference, true, true);
  }

  /// A layer of one input.
  static Case of(String options, Draw d, Layer layer, Input x, Reference reference) {
    return of(options, d, layer, List.of(x), in -> layer.forward(in.getFirst()), reference);
  }

  /// A layer. Its state begins as the layer begins, moved a little, so that nothing stays 0 or 1.
  static Case of(
      String options, Draw d, Layer layer, List<Input> inputs, Ours ours, Reference reference) {
    layer.init(d.rng("state"));
    var state = new LinkedHashMap<String, double[]>();
    layer
        .state()
        .forEach(
            (name, value) -> {
              var values = value.toDoubles();
              for (int i = 0; i < values.length; i++) {
                double shift = 0.2 * d.gaussian();
                // A variance stays above 0.
                values[i] = (float) (values[i] + (name.endsWith("var") ? Math.abs(shift) : shift));
              }
              state.put(name, values);
            });
    return new Case(options, inputs, layer, state, ours, reference, true, true);
  }

  /// Without gradients: where the function has none.
  Case undifferentiated() {
    return new Case(options, inputs, layer, state, ours, reference, false, training);
  }

  /// In evaluation.
  Case evaluating() {
    return new Case(
        options + (options.isEmpty() ? "" : ", ") + "evaluating",
        inputs,
        layer,
        state,
        ours,
        reference,
        differentiated,
        false);
  }

  Optional<Layer> findLayer() {
    return Optional.ofNullable(layer);
  }

  /// Whether a gradient with respect to the input is compared.
  boolean wants(Input input) {
    return differentiated && input.role() == Input.Role.GRADIENT;
  }

  /// All shapes, for messages.
  String shapes() {
    var words = new ArrayList<String>();
    inputs.forEach(i -> words.add(i.name() + " " + i.shape()));
    return String.join(", ", words) + (options.isEmpty() ? "" : "; " + options);
  }

  /// Of a layer's state.
  Shape shapeOf(String name) {
    if (layer == null) {
      throw new IllegalStateException("there is no layer that has " + name);
    }
    return layer.state().get(name).shape();
  }
}
