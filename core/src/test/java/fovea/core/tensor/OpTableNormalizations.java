package fovea.core.tensor;

import static fovea.core.tensor.OpTable.row;
import static fovea.core.testing.Plain.fill;

import fovea.core.array.Shape;
import fovea.core.tensor.OpTable.Row;
import fovea.core.testing.Plain;
import java.util.Arrays;
import java.util.List;
import java.util.function.BiPredicate;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// The rows of [Normalization] by parts of an image.
final class OpTableNormalizations {
  private static final double EPS = 1e-2;

  private OpTableNormalizations() {}

  static Stream<Row> rows() {
    return Stream.of(
            groupNorm("groupNorm", 2, d -> Shape.of(d.batch(), 2 * d.size(), d.size(), 3)),
            groupNorm("groupNorm of sixteens", 4, d -> Shape.of(d.batch(), 16, d.size(), 2)),
            groupNorm("groupNorm of vectors", 2, d -> Shape.of(d.batch(), 2 * d.between(3, 9))),
            row(
                "groupNorm without scale and shift",
                d -> List.of(d.distinct(Shape.of(d.batch(), 6, d.size()))),
                t -> Normalization.groupNorm(t.get(0), 2, null, null, EPS).y(),
                v -> normalized(v.get(0), (i, j) -> i[0] == j[0] && i[1] / 3 == j[1] / 3, true)),
            row(
                "groupNorm with a shift alone",
                d -> List.of(d.distinct(Shape.of(d.batch(), 6, d.size())), d.normal(6)),
                t -> Normalization.groupNorm(t.get(0), 3, null, t.get(1), EPS).y(),
                v ->
                    affine(
                        normalized(v.get(0), (i, j) -> i[0] == j[0] && i[1] / 2 == j[1] / 2, true),
                        null,
                        v.get(1))),
            row(
                "instanceNorm",
                d -> {
                  int channels = d.size();
                  var x = d.distinct(Shape.of(d.batch(), channels, 3, d.size()));
                  return List.of(x, d.normal(channels), d.normal(channels));
                },
                t -> Normalization.instanceNorm(t.get(0), t.get(1), t.get(2), EPS).y(),
                v ->
                    affine(
                        normalized(v.get(0), (i, j) -> i[0] == j[0] && i[1] == j[1], true),
                        v.get(1),
                        v.get(2))),
            row(
                "layerNorm of the last axis",
                d -> {
                  int n = d.between(3, 40);
                  var x = d.distinct(Shape.of(d.batch(), d.size(), n));
                  return List.of(x, d.normal(n), d.normal(n));
                },
                t -> Normalization.layerNorm(t.get(0), t.get(1).shape(), t.get(1), t.get(2), EPS),
                v ->
                    normalized(v.get(0), (i, j) -> i[0] == j[0] && i[1] == j[1], true)
                        .with(v.get(1), (x, g) -> x * g)
                        .with(v.get(2), Double::sum)),
            row(
                "layerNorm of the last two axes",
                d -> {
                  var sizes = Shape.of(2, d.size());
                  var x = d.distinct(Shape.of(d.batch(), 2, sizes.size(1)));
                  return List.of(x, d.normal(sizes));
                },
                t -> Normalization.layerNorm(t.get(0), t.get(1).shape(), t.get(1), null, EPS),
                v ->
                    normalized(v.get(0), (i, j) -> i[0] == j[0], true)
                        .with(v.get(1), (x, g) -> x * g)),
            row(
                "rmsNorm",
                d -> {
                  int n = d.between(3, 40);
                  return List.of(d.normal(Shape.of(d.batch(), d.size(), n)), d.normal(n));
                },
                t -> Normalization.rmsNorm(t.get(0), t.get(1).shape(), t.get(1), EPS),
                v ->
                    normalized(v.get(0), (i, j) -> i[0] == j[0] && i[1] == j[1], false)
                        .with(v.get(1), (x, g) -> x * g)),
            localResponse("localResponseNorm", 3, d -> d.shape(4)),
            localResponse("localResponseNorm of an even size", 4, d -> d.shape(3)))
        .map(row -> row.within(1e-4));
  }

  private static Row groupNorm(String name, int groups, Function<Draw, Shape> shapes) {
    return row(
        name,
        d -> {
          var x = d.distinct(shapes.apply(d));
          int channels = x.shape().size(1);
          return List.of(x, d.normal(channels), d.normal(channels));
        },
        t -> Normalization.groupNorm(t.get(0), groups, t.get(1), t.get(2), EPS).y(),
        v -> {
          int size = v.get(0).size(1) / groups;
          var normal =
              normalized(v.get(0), (i, j) -> i[0] == j[0] && i[1] / size == j[1] / size, true);
          return affine(normal, v.get(1), v.get(2));
        });
  }

  /// x − mean, over the root of variance + eps, both of the elements that belong together.
  private static Plain normalized(Plain x, BiPredicate<int[], int[]> together, boolean centred) {
    return fill(
        x.shape(),
        i -> {
          var mine = fill(x.shape(), j -> together.test(i, j) ? x.at(j) : Double.NaN).values();
          var group = Arrays.stream(mine).filter(v -> !Double.isNaN(v)).toArray();
          double mean = centred ? Arrays.stream(group).average().orElseThrow() : 0;
          double variance =
              Arrays.stream(group).map(v -> (v - mean) * (v - mean)).average().orElseThrow();
          return (x.at(i) - mean) / Math.sqrt(variance + EPS);
        });
  }

  private static Plain affine(Plain normal, @Nullable Plain gamma, Plain beta) {
    return fill(
        normal.shape(), i -> normal.at(i) * (gamma == null ? 1 : gamma.at(i[1])) + beta.at(i[1]));
  }

  private static Row localResponse(String name, int size, Function<Draw, Shape> shapes) {
    return row(
        name,
        d -> List.of(d.normal(shapes.apply(d))),
        t -> Normalization.localResponseNorm(t.get(0), size, 0.5, 0.75, 2),
        v -> {
          var x = v.get(0);
          return fill(
              x.shape(),
              i -> {
                double sum = 0;
                for (int c = i[1] - size / 2; c <= i[1] + (size - 1) / 2; c++) {
                  int channel = c;
                  double other = c < 0 || c >= x.size(1) ? 0 : x.at(Plain.at(i, 1, j -> channel));
                  sum += other * other;
                }
                return x.at(i) / Math.pow(2 + 0.5 * sum / size, 0.75);
              });
        });
  }
}
