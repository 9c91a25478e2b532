package fovea.core.tensor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import fovea.core.array.DType;
import fovea.core.array.Rng;
import fovea.core.memory.Memory;
import fovea.core.memory.Scope;
import fovea.core.memory.Storage;
import fovea.core.tensor.Draw.Extent;
import fovea.core.tensor.OpTable.Case;
import fovea.core.tensor.OpTable.Row;
import fovea.core.testing.Plain;
import fovea.core.testing.Seeds;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Puts every row of the [OpTable] to the same questions. float64 is computed by plain Java,
/// float32 by [Kernels#best()].
class OpTableTest {
  private static final double EXACT = 1e-12;

  /// How often inputs are drawn for a row.
  private static final int DRAWS = 5;

  @Retention(RetentionPolicy.RUNTIME)
  @Target(ElementType.METHOD)
  @ParameterizedTest(name = "{0}")
  @MethodSource("fovea.core.tensor.OpTable#rows")
  @interface EachRow {}

  @EachRow
  void computesWhatItsFormulaSays(Row row) {
    small(
        row,
        c -> {
          var expected = expected(c);
          same("float64", run(c, DType.F64), expected, EXACT);
          same("float32", run(c, DType.F32), expected, row.tolerance());
        });
  }

  @EachRow
  void gradientsAgreeWithDifferences(Row row) {
    small(
        row,
        c -> {
          if (isDifferentiable(c)) {
            GradientCheck.check(c.op(), c.inputs().toArray(Tensor[]::new));
          } else {
            assertFalse(c.op().apply(parameters(c.inputs())).requiresGrad());
          }
        });
  }

  @EachRow
  void secondGradientsAgreeWithDifferences(Row row) {
    small(
        row,
        c -> {
          if (isDifferentiable(c)) {
            GradientCheck.checkSecond(c.op(), c.inputs().toArray(Tensor[]::new));
          }
        });
  }

  /// Not only for the sake of speed: what backward() computes by kernels of its own must be what
  /// Graph.gradients computes by ordinary operations.
  @EachRow
  void bothWaysToGradientsAgree(Row row) {
    small(
        row,
        c -> {
          if (isDifferentiable(c)) {
            var inputs = in(c, Layout.ROW_MAJOR, DType.F64);
            same(gradients(c, inputs, Layout.ROW_MAJOR), plainGradients(c, inputs), EXACT);
            inputs = in(c, Layout.ROW_MAJOR, DType.F32);
            same(
                gradients(c, inputs, Layout.ROW_MAJOR),
                plainGradients(c, inputs),
                10 * row.tolerance());
          }
        });
  }

  @EachRow
  void memoryLayoutChangesNothing(Row row) {
    small(
        row,
        c -> {
          for (var layout : Layout.values()) {
            var inputs = in(c, layout, DType.F64);
            var copies = inputs.stream().map(t -> Layout.ROW_MAJOR.of(t, t.dtype())).toList();
            var expected = Plain.of(c.op().apply(copies));
            same(layout + " float64", c.op().apply(inputs), expected, EXACT);
            var narrow = in(c, layout, DType.F32);
            same(layout + " float32", c.op().apply(narrow), expected, row.tolerance());
            if (isDifferentiable(c)) {
              var gradients =
                  gradients(c, copies, y -> Layout.ROW_MAJOR.of(weights(y, layout), y.dtype()));
              same(gradients(c, inputs, layout), gradients, EXACT);
              same(gradients(c, narrow, layout), gradients, 10 * row.tolerance());
            }
          }
        });
  }

  @EachRow
  void float32AgreesWithFloat64AtSize(Row row) {
    Seeds.each(
        1,
        rng -> {
          var c = row.draw(rng, Extent.LARGE);
          for (var layout : List.of(Layout.ROW_MAJOR, Layout.CHANNELS_LAST)) {
            var wide = in(c, layout, DType.F64);
            var narrow = in(c, layout, DType.F32);
            same(
                "values", c.op().apply(narrow), Plain.of(c.op().apply(wide)), 10 * row.tolerance());
            if (isDifferentiable(c)) {
              same(gradients(c, narrow, layout), gradients(c, wide, layout), 100 * row.tolerance());
            }
          }
        });
  }

  /// bfloat16 keeps 8 bits; what a row makes of such values it also makes in float32, but for the
  /// rounding of what is between and at the end.
  @EachRow
  void bfloat16FollowsFloat32(Row row) {
    small(
        row,
        c -> {
          var narrow = in(c, Layout.ROW_MAJOR, DType.BF16);
          var wide =
              narrow.stream().map(t -> t.dtype() == DType.BF16 ? t.to(DType.F32) : t).toList();
          var expected = c.op().apply(wide);
          same("bfloat16", c.op().apply(narrow), Plain.of(expected), 0.05);
        });
  }

  /// Each record computes only the gradients that are wanted.
  @EachRow
  void aGradientDoesNotDependOnWhichOthersAreWanted(Row row) {
    small(
        row,
        c -> {
          if (!isDifferentiable(c)) {
            return;
          }
          var inputs = in(c, Layout.ROW_MAJOR, DType.F64);
          var all = gradients(c, inputs, Layout.ROW_MAJOR);
          for (int i = 0; i < inputs.size(); i++) {
            if (inputs.get(i).dtype().isFloating()) {
              var one = new ArrayList<>(inputs);
              var leaf = inputs.get(i).withGrad();
              one.set(i, leaf);
              var y = c.op().apply(one);
              var found = y.backward(weights(y, Layout.ROW_MAJOR));
              same("input " + i, found.of(leaf), all.get(i), EXACT);
              assertEquals(1, found.size());
            }
          }
        });
  }

  @EachRow
  void withoutRecordingTheValuesAreTheSame(Row row) {
    small(
        row,
        c -> {
          var expected = Plain.of(run(c, DType.F64));
          var inputs = parameters(c.inputs());
          var y = Graph.unrecorded(() -> c.op().apply(inputs));
          // An operation that has nothing to do may return its input.
          assertTrue(inputs.contains(y) || !y.requiresGrad());
          same("unrecorded", y, expected, 0);
        });
  }

  @EachRow
  void backwardLeavesNothingBehindButGradients(Row row) {
    small(
        row,
        c -> {
          if (!isDifferentiable(c)) {
            return;
          }
          for (var dtype : List.of(DType.F64, DType.F32)) {
            var leaves = parameters(in(c, Layout.ROW_MAJOR, dtype));
            var y = c.op().apply(leaves);
            var weights = weights(y, Layout.ROW_MAJOR);
            long before = Memory.liveBytes();
            var found = y.backward(weights);
            Set<Storage> storages = new HashSet<>();
            for (var leaf : leaves) {
              var g = found.find(leaf);
              if (g != null && g.array().storage() != weights.array().storage()) {
                storages.add(g.array().storage());
              }
            }
            assertEquals(
                storages.stream().mapToLong(Storage::bytes).sum(), Memory.liveBytes() - before);
          }
        });
  }

  static List<Row> rowsThatMayBeEmpty() {
    return OpTable.rows().stream().filter(Row::mayBeEmpty).toList();
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("rowsThatMayBeEmpty")
  void emptyTensorsAreNothingSpecial(Row row) {
    Seeds.each(
        DRAWS,
        rng -> {
          var c = row.draw(rng, Extent.EMPTY);
          var expected = expected(c);
          for (var layout : EnumSet.complementOf(EnumSet.of(Layout.EXPANDED))) {
            for (var dtype : List.of(DType.F64, DType.F32)) {
              var inputs = in(c, layout, dtype);
              same(layout + " " + dtype, c.op().apply(inputs), expected, row.tolerance());
              if (isDifferentiable(c)) {
                gradients(c, inputs, layout);
              }
            }
          }
          if (isDifferentiable(c)) {
            GradientCheck.check(c.op(), c.inputs().toArray(Tensor[]::new));
            GradientCheck.checkSecond(c.op(), c.inputs().toArray(Tensor[]::new));
          }
        });
  }

  // ---- running

  private interface Check {
    void check(Case c);
  }

  private static void small(Row row, Check check) {
    Seeds.each(
        DRAWS,
        rng -> {
          try (var _ = Scope.open(row.name())) {
            check.check(row.draw(rng, Extent.SMALL));
          }
        });
  }

  private static boolean isDifferentiable(Case c) {
    return c.inputs().stream().anyMatch(t -> t.dtype().isFloating())
        && c.op().apply(c.inputs()).dtype().isFloating();
  }

  private static Plain expected(Case c) {
    return c.formula().apply(c.inputs().stream().map(Plain::of).toList());
  }

  private static Tensor run(Case c, DType dtype) {
    return c.op().apply(in(c, Layout.ROW_MAJOR, dtype));
  }

  /// The inputs in another layout, the floating ones of another type.
  private static List<Tensor> in(Case c, Layout layout, DType dtype) {
    return c.inputs().stream()
        .map(t -> layout.of(t, t.dtype().isFloating() ? dtype : t.dtype()))
        .toList();
  }

  private static List<Tensor> parameters(List<Tensor> inputs) {
    return inputs.stream().map(t -> t.dtype().isFloating() ? t.withGrad() : t).toList();
  }

  /// The same numbers for the same shape, whatever type and layout.
  private static Tensor weights(Tensor y, Layout layout) {
    var weights = new Draw(Rng.of(99), Extent.SMALL).normal(y.shape());
    return layout.of(weights, y.dtype());
  }

  /// By backward(), in the order of the inputs.
  private static List<@Nullable Plain> gradients(Case c, List<Tensor> inputs, Layout layout) {
    return gradients(c, inputs, y -> weights(y, layout));
  }

  private static List<@Nullable Plain> gradients(
      Case c, List<Tensor> inputs, UnaryOperator<Tensor> weights) {
    var leaves = parameters(inputs);
    var y = c.op().apply(leaves);
    var found = y.backward(weights.apply(y));
    return plain(leaves, leaves.stream().map(found::find).toList());
  }

  /// By Graph.gradients.
  private static List<@Nullable Plain> plainGradients(Case c, List<Tensor> inputs) {
    var leaves = parameters(inputs);
    var y = c.op().apply(leaves);
    var found =
        Graph.gradients(y.mul(weights(y, Layout.ROW_MAJOR)).sum(), leaves.toArray(Tensor[]::new));
    return plain(leaves, found);
  }

  private static List<@Nullable Plain> plain(
      List<Tensor> leaves, List<@Nullable Tensor> gradients) {
    var result = new ArrayList<@Nullable Plain>();
    for (int i = 0; i < leaves.size(); i++) {
      var leaf = leaves.get(i);
      var gradient = gradients.get(i);
      if (!leaf.dtype().isFloating()) {
        result.add(null);
        continue;
      }
      assertTrue(gradient != null, "input " + i + " has no gradient");
      assertEquals(leaf.shape(), gradient.shape(), "shape of the gradient");
      assertEquals(leaf.dtype(), gradient.dtype(), "type of the gradient");
      result.add(Plain.of(gradient));
    }
    return result;
  }

  // ---- comparing

  private static void same(
      List<@Nullable Plain> actual, List<@Nullable Plain> expected, double tolerance) {
    for (int i = 0; i < expected.size(); i++) {
      var e = expected.get(i);
      var a = actual.get(i);
      if (e != null && a != null) {
        same("gradient of input " + i, a, e, tolerance);
      }
    }
  }

  private static void same(String what, Tensor actual, @Nullable Plain expected, double tolerance) {
    assertTrue(expected != null);
    same(what, Plain.of(actual), expected, tolerance);
  }

  /// Relative to the largest value, or to 1 where that is more.
  private static void same(String what, Plain actual, Plain expected, double tolerance) {
    assertEquals(expected.shape(), actual.shape(), what);
    double scale =
        Arrays.stream(expected.values())
            .map(Math::abs)
            .filter(Double::isFinite)
            .reduce(1, Math::max);
    for (int i = 0; i < actual.values().length; i++) {
      double a = actual.values()[i];
      double e = expected.values()[i];
      assertTrue(
          Double.compare(a, e) == 0 || Math.abs(a - e) <= tolerance * scale,
          () -> what + ": " + actual + "\n  should be " + expected);
    }
  }
}
