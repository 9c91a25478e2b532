package fovea.lab.parity;

import fovea.core.array.DType;
import fovea.core.array.Shape;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.IntFunction;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.BoolOptional;
import org.bytedeco.pytorch.Module;
import org.bytedeco.pytorch.StringTensorDict;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorArrayRefOptional;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.MemoryFormat;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.jspecify.annotations.Nullable;

/// LibTorch as the reference: a function of its tensors, or a module that is given the layer's
/// state under the layer's own names.
final class Torch implements Reference {
  private static final double ALLOWED_F32 = 1e-5;
  private static final double ALLOWED_F64 = 1e-10;

  private final @Nullable Module module;
  private final Function<Operands, Tensor> function;

  private Torch(@Nullable Module module, Function<Operands, Tensor> function) {
    this.module = module;
    this.function = function;
  }

  /// What a case hands to LibTorch.
  ///
  /// @param state of a layer that has no module
  record Operands(List<Tensor> inputs, Map<String, Tensor> state, boolean training) {
    Tensor get(int i) {
      return inputs.get(i);
    }

    Tensor x() {
      return inputs.getFirst();
    }

    Tensor state(String name) {
      var t = state.get(name);
      if (t == null) {
        throw new IllegalArgumentException("the layer has no " + name + ", but " + state.keySet());
      }
      return t;
    }
  }

  /// A function of inputs, and of the state where the case has a layer.
  static Torch of(Function<Operands, Tensor> function) {
    return new Torch(null, function);
  }

  /// A module of one input.
  static <M extends Module> Torch module(M module, Function<Tensor, Tensor> forward) {
    return new Torch(module, o -> forward.apply(o.x()));
  }

  /// A module of several inputs.
  static <M extends Module> Torch moduleOf(M module, Function<Operands, Tensor> forward) {
    return new Torch(module, forward);
  }

  @Override
  public double allowed(DType type) {
    return type == DType.F32 ? ALLOWED_F32 : ALLOWED_F64;
  }

  @Override
  public Answer answer(Case c, DType type, IntFunction<double[]> cotangent) {
    try (var _ = new PointerScope()) {
      var scalar = scalar(type);
      var inputs = new ArrayList<Tensor>();
      c.inputs().forEach(i -> inputs.add(tensor(c, i, scalar)));
      var state = new LinkedHashMap<String, Tensor>();
      if (module == null) {
        c.state()
            .forEach(
                (name, values) -> {
                  var t = create(values, c.shapeOf(name)).to(scalar);
                  boolean trained = c.layer() != null && c.layer().parameters().containsKey(name);
                  state.put(name, trained ? leaf(t) : t);
                });
      } else {
        load(c, module, scalar, state);
        module.train(c.training());
      }
      var y = function.apply(new Operands(inputs, state, c.training()));
      var answer = Answer.of(shape(y), doubles(y));
      if (c.differentiated()) {
        differentiate(c, y, inputs, state, answer, cotangent);
      }
      c.findLayer()
          .ifPresent(
              layer ->
                  state.forEach(
                      (name, t) -> {
                        if (!layer.parameters().containsKey(name)) {
                          answer.state(name, doubles(t));
                        }
                      }));
      return answer;
    }
  }

  /// Forward and backward, to be timed.
  ///
  /// @param channelsLast whether images lie so in memory
  Runnable step(Case c, boolean channelsLast) {
    var format = channelsLast ? MemoryFormat.ChannelsLast : MemoryFormat.Contiguous;
    var inputs = new ArrayList<Tensor>();
    for (var input : c.inputs()) {
      var t = tensor(c, input, ScalarType.Float).detach();
      t = input.shape().rank() == 4 ? t.contiguous(format) : t;
      inputs.add(c.wants(input) ? leaf(t) : t);
    }
    var state = new LinkedHashMap<String, Tensor>();
    if (module == null) {
      c.state().forEach((name, v) -> state.put(name, leaf(create(v, c.shapeOf(name), DType.F32))));
    } else {
      load(c, module, ScalarType.Float, state);
    }
    var all = new ArrayList<>(inputs);
    all.addAll(state.values());
    var cotangent = new Tensor[1];
    return () -> {
      try (var _ = new PointerScope()) {
        for (var t : all) {
          t.mutable_grad().reset();
        }
        var y = function.apply(new Operands(inputs, state, true));
        if (cotangent[0] == null) {
          cotangent[0] = torch.randn_like(y);
          cotangent[0].retainReference();
        }
        y.backward(cotangent[0], new BoolOptional(), false, new TensorArrayRefOptional());
      }
    };
  }

  private static void differentiate(
      Case c,
      Tensor y,
      List<Tensor> inputs,
      Map<String, Tensor> state,
      Answer answer,
      IntFunction<double[]> cotangent) {
    int n = Math.toIntExact(y.numel());
    var g = create(cotangent.apply(n), shape(y)).to(y.scalar_type());
    y.mul(g).sum().backward();
    for (int i = 0; i < inputs.size(); i++) {
      if (c.wants(c.inputs().get(i))) {
        answer.gradient(c.inputs().get(i).name(), gradient(inputs.get(i)));
      }
    }
    c.findLayer()
        .ifPresent(
            layer ->
                layer
                    .parameters()
                    .keySet()
                    .forEach(name -> answer.gradient(name, gradient(state.get(name)))));
  }

  private static double[] gradient(Tensor t) {
    var g = t.grad();
    return g.defined() ? doubles(g) : new double[Math.toIntExact(t.numel())];
  }

  /// Gives the module the layer's state. Both must have the same names with the same shapes.
  private static void load(Case c, Module module, ScalarType type, Map<String, Tensor> state) {
    module.to(type, false);
    module.zero_grad(true);
    collect(module.named_parameters(), state);
    collect(module.named_buffers(), state);
    state.remove("num_batches_tracked");
    if (!state.keySet().equals(c.state().keySet())) {
      throw new IllegalStateException(
          "the layer's state is %s, LibTorch's %s".formatted(c.state().keySet(), state.keySet()));
    }
    state.forEach(
        (name, t) -> {
          if (!shape(t).equals(c.shapeOf(name))) {
            throw new IllegalStateException(
                "%s is %s, LibTorch's %s".formatted(name, c.shapeOf(name), shape(t)));
          }
          boolean trained = t.requires_grad();
          t.set_requires_grad(false);
          t.copy_(create(c.state().get(name), shape(t)).to(type));
          t.set_requires_grad(trained);
        });
  }

  private static void collect(StringTensorDict dictionary, Map<String, Tensor> into) {
    for (long i = 0; i < dictionary.size(); i++) {
      var item = dictionary.get(i);
      into.put(item.key().getString(), item.value());
    }
  }

  private static Tensor tensor(Case c, Input input, ScalarType type) {
    var values = create(input.values(), input.shape());
    return switch (input.role()) {
      case INDEX -> values.to(ScalarType.Long);
      case CONDITION -> values.to(ScalarType.Bool);
      case CONSTANT -> values.to(type);
      case GRADIENT -> c.wants(input) ? leaf(values.to(type)) : values.to(type);
    };
  }

  static Tensor leaf(Tensor t) {
    // Not t itself: what a conversion that converts nothing returns is no new tensor.
    var leaf = t.clone().detach();
    leaf.set_requires_grad(true);
    return leaf;
  }

  static Tensor create(double[] values, Shape shape) {
    return Tensor.create(values).reshape(Arrays.stream(shape.sizes()).asLongStream().toArray());
  }

  static Tensor create(double[] values, Shape shape, DType type) {
    return create(values, shape).to(scalar(type));
  }

  private static ScalarType scalar(DType type) {
    return type == DType.F32 ? ScalarType.Float : ScalarType.Double;
  }

  static Shape shape(Tensor t) {
    return Shape.of(Arrays.stream(t.shape()).mapToInt(Math::toIntExact).toArray());
  }

  static double[] doubles(Tensor t) {
    var values = new double[Math.toIntExact(t.numel())];
    if (values.length > 0) {
      t.detach().to(ScalarType.Double).contiguous().data_ptr_double().get(values);
    }
    return values;
  }

  /// On as many threads as wanted; deterministic from here on.
  static void prepare(int threads) {
    torch.set_num_threads(threads);
    torch.manual_seed(1);
  }
}
