package fovea.core.optim;

import fovea.core.UnknownNameException;
import fovea.core.tensor.Gradients;
import fovea.core.tensor.Tensor;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// Rules of their own for groups of parameters: other rates, no decay of biases, Muon for matrices
/// and AdamW for what is left. A parameter belongs to the first group that takes it.
///
/// ```java
/// ParameterGroups.of(adamW(1e-3))
///     .vectors(adamW(1e-3).weightDecay(0))
///     .group("features.*", adamW(1e-4));
/// ```
///
/// A schedule moves the rates of all alike.
///
/// @param groups in the order they are asked
/// @param rest the rule of what no group takes; its rate is the one reported
public record ParameterGroups(List<Group> groups, UpdateRule rest) implements UpdateRule {
  public ParameterGroups {
    groups = List.copyOf(groups);
  }

  /// Some parameters and their rule.
  public record Group(Selection which, UpdateRule rule) {}

  /// Which parameters a group takes.
  public sealed interface Selection {
    boolean takes(String name, Tensor parameter);

    /// Those of some names, in which `*` stands for anything: `fc.weight`, `*.bias`.
    record Named(List<String> patterns) implements Selection {
      public Named {
        patterns = List.copyOf(patterns);
      }

      @Override
      public boolean takes(String name, Tensor parameter) {
        return patterns.stream().anyMatch(pattern -> matches(pattern, name));
      }

      private static boolean matches(String pattern, String name) {
        var parts = Stream.of(pattern.split("\\*", -1)).map(Pattern::quote);
        return Pattern.matches(parts.collect(Collectors.joining(".*")), name);
      }
    }

    /// Those of so many axes: biases and the scales of norms have one at most.
    record OfAxes(int least, int most) implements Selection {
      @Override
      public boolean takes(String name, Tensor parameter) {
        int axes = parameter.shape().rank();
        return least <= axes && axes <= most;
      }
    }
  }

  /// No group as yet.
  public static ParameterGroups of(UpdateRule rest) {
    return new ParameterGroups(List.of(), rest);
  }

  /// One more group: the parameters of some names, in which `*` stands for anything.
  public ParameterGroups group(List<String> names, UpdateRule rule) {
    return with(new Selection.Named(names), rule);
  }

  public ParameterGroups group(String names, UpdateRule rule) {
    return group(List.of(names), rule);
  }

  /// One more group: biases, scales of norms and whatever else has one axis at most.
  public ParameterGroups vectors(UpdateRule rule) {
    return with(new Selection.OfAxes(0, 1), rule);
  }

  /// One more group: what has two axes or more, the weights of layers that multiply.
  public ParameterGroups matrices(UpdateRule rule) {
    return with(new Selection.OfAxes(2, Integer.MAX_VALUE), rule);
  }

  private ParameterGroups with(Selection which, UpdateRule rule) {
    var all = new ArrayList<>(groups);
    all.add(new Group(which, rule));
    return new ParameterGroups(all, rest);
  }

  @Override
  public double rate() {
    return rest.rate();
  }

  /// @throws UnknownNameException when there is no parameter that a group names
  @Override
  public Optimizer over(SequencedMap<String, Tensor> parameters) {
    var left = new LinkedHashMap<>(parameters);
    var optimizers = new ArrayList<Optimizer>();
    for (var group : groups) {
      var taken = new LinkedHashMap<String, Tensor>();
      parameters.forEach(
          (name, p) -> {
            if (group.which.takes(name, p) && left.remove(name) != null) {
              taken.put(name, p);
            }
          });
      if (taken.isEmpty() && group.which instanceof Selection.Named named) {
        throw new UnknownNameException(
            "parameter", String.join(", ", named.patterns), List.copyOf(left.keySet()));
      }
      optimizers.add(group.rule.over(taken));
    }
    optimizers.add(rest.over(left));
    return new AtWork(List.copyOf(optimizers));
  }

  private record AtWork(List<Optimizer> optimizers) implements Optimizer {
    @Override
    public void step(Gradients gradients, double rateFactor) {
      optimizers.forEach(o -> o.step(gradients, rateFactor));
    }

    @Override
    public boolean isAveraged() {
      return optimizers.stream().anyMatch(Optimizer::isAveraged);
    }

    @Override
    public <T extends @Nullable Object> T averaged(Supplier<T> body) {
      var all = body;
      for (var optimizer : optimizers) {
        var inner = all;
        all = () -> optimizer.averaged(inner);
      }
      return all.get();
    }

    private static String prefix(int group) {
      return "group" + group + ".";
    }

    @Override
    public SequencedMap<String, Tensor> state() {
      var all = new LinkedHashMap<String, Tensor>();
      for (int i = 0; i < optimizers.size(); i++) {
        var prefix = prefix(i);
        optimizers.get(i).state().forEach((name, t) -> all.put(prefix + name, t));
      }
      return all;
    }

    @Override
    public void load(Map<String, Tensor> state) {
      for (int i = 0; i < optimizers.size(); i++) {
        optimizers.get(i).load(ParameterState.part(state, prefix(i)));
      }
    }
  }
}
