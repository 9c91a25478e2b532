package fovea.core.optim;

import fovea.core.FoveaException;
import fovea.core.array.DType;
import fovea.core.array.NdArray;
import fovea.core.array.Shape;
import fovea.core.kernel.Kernels;
import fovea.core.memory.Scope;
import fovea.core.tensor.Gradients;
import fovea.core.tensor.Tensor;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SequencedMap;
import java.util.function.BiFunction;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// What optimizers share: the parameters, the running averages kept for each ("slots"), the count
/// of steps.
final class ParameterState {
  private static final String STEP = "step";
  private static final String INNER = "rule.";

  private final SequencedMap<String, Tensor> parameters;
  private final SequencedMap<String, Tensor> slots = new LinkedHashMap<>();
  private final Map<String, NdArray[]> slotsOf = new LinkedHashMap<>();
  private final SequencedMap<String, Double> numbers = new LinkedHashMap<>();
  private long step;

  ParameterState(SequencedMap<String, Tensor> parameters, String... slotNames) {
    this.parameters = new LinkedHashMap<>(parameters);
    for (var slot : slotNames) {
      this.parameters.forEach((name, p) -> slots.put(name + "." + slot, zeros(p)));
    }
    this.parameters.forEach(
        (name, _) ->
            slotsOf.put(
                name,
                Arrays.stream(slotNames).map(slot -> slot(name, slot)).toArray(NdArray[]::new)));
  }

  private static Tensor zeros(Tensor p) {
    // Laid out as the parameter, so that one loop goes through both.
    var zeros = NdArray.like(p.array(), p.dtype());
    Kernels.best().fill(zeros, 0);
    Scope.keepForever(zeros.storage());
    zeros.storage().origin("optimizer state");
    return Tensor.of(zeros);
  }

  @FunctionalInterface
  interface Update {
    void apply(String name, NdArray parameter, NdArray gradient);
  }

  /// Counts a step, and returns its number, from 1.
  long count() {
    return ++step;
  }

  /// Counts a step and updates each parameter that has a gradient.
  void step(Gradients gradients, Update update) {
    count();
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

  /// The parameter, its slots in the order they were named in, and the gradient.
  NdArray[] arrays(String parameter, NdArray p, NdArray g) {
    var slots = slotsOf.getOrDefault(parameter, new NdArray[0]);
    var arrays = new NdArray[slots.length + 2];
    arrays[0] = p;
    System.arraycopy(slots, 0, arrays, 1, slots.length);
    arrays[slots.length + 1] = g;
    return arrays;
  }

  /// Keeps a number too, which begins with 0.
  ParameterState withNumber(String name) {
    numbers.put(name, 0.0);
    return this;
  }

  double number(String name) {
    return numbers.getOrDefault(name, Double.NaN);
  }

  void number(String name, double value) {
    numbers.put(name, value);
  }

  SequencedMap<String, Tensor> parameters() {
    return parameters;
  }

  /// Runs while parameters have other values.
  ///
  /// @param values of a parameter, by its name
  <T extends @Nullable Object> T exchanged(
      BiFunction<String, NdArray, NdArray> values, Supplier<T> body) {
    var kernels = Kernels.best();
    try (var _ = Scope.open("averaged parameters")) {
      var former = new LinkedHashMap<NdArray, NdArray>();
      parameters.forEach(
          (name, p) -> {
            var array = p.array();
            var copy = NdArray.like(array, array.dtype());
            copy.storage().origin("parameters while they are exchanged");
            kernels.copy(array, copy);
            former.put(array, copy);
            kernels.copy(values.apply(name, array), array);
          });
      try {
        return body.get();
      } finally {
        former.forEach((array, copy) -> kernels.copy(copy, array));
      }
    }
  }

  SequencedMap<String, Tensor> state() {
    var state = new LinkedHashMap<>(slots);
    state.put(STEP, Tensor.of(new long[] {step}, Shape.of(1)));
    numbers.forEach((name, value) -> state.put(name, Tensor.of(new double[] {value}, Shape.of(1))));
    return state;
  }

  /// The state of a rule about another, which goes by names of its own.
  SequencedMap<String, Tensor> stateWith(Optimizer inner) {
    var all = state();
    inner.state().forEach((name, t) -> all.put(INNER + name, t));
    return all;
  }

  void loadWith(Optimizer inner, Map<String, Tensor> state) {
    inner.load(part(state, INNER));
    load(state);
  }

  /// What has names that begin with a prefix, without it.
  static Map<String, Tensor> part(Map<String, Tensor> state, String prefix) {
    var part = new LinkedHashMap<String, Tensor>();
    state.forEach(
        (name, t) -> {
          if (name.startsWith(prefix)) {
            part.put(name.substring(prefix.length()), t);
          }
        });
    return part;
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
    var saved = number(state, STEP, DType.I64, "how many steps it made");
    numbers.keySet().forEach(name -> number(state, name, DType.F64, "its " + name));
    slots.forEach(
        (name, slot) -> {
          var from = state.get(name);
          if (from != null) {
            Kernels.best().copy(from.array(), slot.array());
          }
        });
    step = saved.toLongs()[0];
    numbers.replaceAll((name, _) -> number(state, name, DType.F64, name).itemAsDouble());
  }

  private static Tensor number(Map<String, Tensor> state, String name, DType type, String what) {
    var saved = state.get(name);
    if (saved == null || saved.dtype() != type || saved.shape().elements() != 1) {
      throw new FoveaException("the saved optimizer state does not say " + what);
    }
    return saved;
  }
}
