package fovea.core.tensor;

import java.util.Arrays;
import java.util.Comparator;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.PriorityQueue;

/// Which elements of one tensor elements of another are computed from, read off the recorded graph:
/// of any network, whatever its branches and jumps.
///
/// ```java
/// var image = Tensor.zeros(1, 3, 32, 32).withGrad();
/// var y = network.forward(image);
/// Reach.of(y, image, -1, -1, 2, 3);   // rows and columns that the unit at (2, 3) sees
/// ```
public final class Reach {
  private Reach() {}

  /// What a unit is computed from: a stretch along each axis of `x`, which may reach over its ends
  /// into padding; empty where it does not depend on x.
  ///
  /// @param y made of x by recorded operations
  /// @param x requires a gradient, or nothing was recorded
  /// @param unit its index along each axis of y; −1 stands for all along that axis
  /// @throws IllegalArgumentException when the unit lies outside of y
  /// @throws IllegalStateException when a backward() has consumed the graph
  public static Optional<List<Span>> of(Tensor y, Tensor x, int... unit) {
    if (unit.length != y.shape().rank()) {
      throw new IllegalArgumentException(
          "a unit of %s has %d indices, not %d"
              .formatted(y.shape(), y.shape().rank(), unit.length));
    }
    var part = Span.all(y.shape());
    for (int i = 0; i < unit.length; i++) {
      if (unit[i] < -1 || unit[i] >= y.shape().size(i)) {
        throw new IllegalArgumentException(
            "%s is no unit of %s".formatted(Arrays.toString(unit), y.shape()));
      }
      part[i] = unit[i] < 0 ? part[i] : new Span(unit[i], unit[i]);
    }
    return of(y, x, part);
  }

  private static Optional<List<Span>> of(Tensor y, Tensor x, Span... part) {
    var parts = new IdentityHashMap<Tensor, Span[]>();
    // The latest first: what it is made of comes from earlier ones.
    var open = new PriorityQueue<Tensor>(Comparator.comparingLong((Tensor t) -> -sequence(t)));
    parts.put(y, part);
    if (y != x && y.node() != null) {
      open.add(y);
    }
    while (!open.isEmpty()) {
      var result = open.remove();
      var node = result.node();
      var wanted = parts.get(result);
      if (node == null || wanted == null) {
        continue;
      }
      var op = node.backward;
      if (op == null) {
        throw new IllegalStateException("a backward() has consumed the graph");
      }
      for (int i = 0; i < node.inputs.length; i++) {
        var input = node.inputs[i];
        var source = op.source(i, input.shape(), result.shape(), wanted);
        if (input.requiresGrad() && Arrays.stream(source).noneMatch(Span::isEmpty)) {
          boolean isNew = join(parts, input, source);
          if (isNew && input != x && input.node() != null) {
            open.add(input);
          }
        }
      }
    }
    return Optional.ofNullable(parts.get(x)).map(List::of);
  }

  private static long sequence(Tensor t) {
    var node = t.node();
    return node == null ? -1 : node.sequence;
  }

  /// Whether there was nothing of it before.
  private static boolean join(Map<Tensor, Span[]> parts, Tensor t, Span... more) {
    var before = parts.putIfAbsent(t, more);
    if (before == null) {
      return true;
    }
    for (int i = 0; i < before.length; i++) {
      before[i] = before[i].hull(more[i]);
    }
    return false;
  }
}
