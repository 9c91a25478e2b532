package fovea.core.optim;

import fovea.core.FoveaException;
import fovea.core.array.DType;
import fovea.core.array.NdArray;
import fovea.core.array.Shape;
import fovea.core.kernel.Kernels;
import fovea.core.memory.Scope;
import fovea.core.tensor.Gradients;
import fovea.core.tensor.Tensor;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SequencedMap;

/// What optimizers share: the parameters, the running averages kept for each ("slots"), the count
/// of steps.
final class ParameterState {
  private static final String STEP = "step";

  private final SequencedMap<String, Tensor> parameters;
  private final SequencedMap<String, Tensor> slots = new LinkedHashMap<>();
  private long step;

  ParameterState(SequencedMap<String, Tensor> parameters, String... slotNames) {
    this.parameters = new LinkedHashMap<>(parameters);
    for (var slot : slotNames) {
      this.parameters.forEach(
          (name, p) -> {
            var zeros = Tensor.zeros(p.shape(), p.dtype());
            Scope.keepForever(zeros.array().storage());
            zeros.array().storage().origin("optimizer state");
            slots.put(name + "." + slot, zeros);
          });
    }
  }

  @FunctionalInterface
  interface Update {
    void apply(String name, NdArray parameter, NdArray gradient);
  }

  /// Counts a step and updates each parameter that has a gradient.
  void step(Gradients gradients, Update update) {
    step++;
    parameters.forEach(
        (name, p) -> {
          var g = gradients.find(p);
          if (g != null) {
            update.apply(name, p.array(), g.array());
          }
        });
  }

  /// How many steps were made.
  long step() {
    return step;
  }

  NdArray slot(String parameter, String slot) {
    var t = slots.get(parameter + "." + slot);
    if (t == null) {
      throw new IllegalArgumentException("no " + slot + " is kept for " + parameter);
    }
    return t.array();
  }

  SequencedMap<String, Tensor> state() {
    var state = new LinkedHashMap<>(slots);
    state.put(STEP, Tensor.of(new long[] {step}, Shape.of(1)));
    return state;
  }

  void load(Map<String, Tensor> state) {
    slots.forEach(
        (name, slot) -> {
          var saved = state.get(name);
          if (saved == null || !saved.shape().equals(slot.shape())) {
            throw new FoveaException(
                "the saved optimizer state is not of these parameters: %s is %s, expected %s"
                    .formatted(name, saved == null ? "missing" : saved.shape(), slot.shape()));
          }
        });
    var saved = state.get(STEP);
    if (saved == null || saved.dtype() != DType.I64 || saved.shape().elements() != 1) {
      throw new FoveaException("the saved optimizer state does not say how many steps it made");
    }
    slots.forEach(
        (name, slot) -> {
          var from = state.get(name);
          if (from != null) {
            Kernels.best().copy(from.array(), slot.array());
          }
        });
    step = saved.toLongs()[0];
  }
}
