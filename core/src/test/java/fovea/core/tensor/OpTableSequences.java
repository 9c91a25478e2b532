package fovea.core.tensor;

import static fovea.core.tensor.OpTable.row;
import static fovea.core.testing.Plain.fill;

import fovea.core.array.Shape;
import fovea.core.tensor.OpTable.Row;
import fovea.core.testing.Plain;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// The rows of [Recurrence] and [Attention].
final class OpTableSequences {
  private OpTableSequences() {}

  static Stream<Row> rows() {
    return Stream.of(
        row(
            "lstmMemory",
            d -> {
              int n = d.batch();
              int hidden = d.size();
              return List.of(d.normal(n, 4 * hidden), d.normal(n, hidden));
            },
            t -> Recurrence.lstmMemory(t.get(0), t.get(1)),
            v ->
                fill(
                    v.get(1).shape(),
                    i ->
                        sigmoid(gate(v.get(0), i, 1, 4)) * v.get(1).at(i)
                            + sigmoid(gate(v.get(0), i, 0, 4))
                                * Math.tanh(gate(v.get(0), i, 2, 4)))),
        row(
            "lstmOutput",
            d -> {
              int n = d.batch();
              int hidden = d.size();
              return List.of(d.normal(n, 4 * hidden), d.normal(n, hidden));
            },
            t -> Recurrence.lstmOutput(t.get(0), t.get(1)),
            v ->
                fill(
                    v.get(1).shape(),
                    i -> sigmoid(gate(v.get(0), i, 3, 4)) * Math.tanh(v.get(1).at(i)))),
        lstm("lstm", false),
        lstm("lstm with biases", true),
        row(
            "gruOutput",
            d -> {
              int n = d.batch();
              int hidden = d.size();
              return List.of(d.normal(n, 3 * hidden), d.normal(n, 3 * hidden), d.normal(n, hidden));
            },
            t -> Recurrence.gruOutput(t.get(0), t.get(1), t.get(2)),
            v ->
                fill(
                    v.get(2).shape(),
                    i -> {
                      var x = v.get(0);
                      var h = v.get(1);
                      double r = sigmoid(gate(x, i, 0, 3) + gate(h, i, 0, 3));
                      double z = sigmoid(gate(x, i, 1, 3) + gate(h, i, 1, 3));
                      double n = Math.tanh(gate(x, i, 2, 3) + r * gate(h, i, 2, 3));
                      return (1 - z) * n + z * v.get(2).at(i);
                    })),
        attention("attention", false),
        attention("attention, causal", true),
        row(
            "attention with a mask of numbers",
            d -> {
              int keys = d.size();
              return List.of(
                  d.normal(2, 3, 4), d.normal(2, keys, 4), d.normal(2, keys, 5), d.normal(3, keys));
            },
            t -> Attention.scaledDotProduct(t.get(0), t.get(1), t.get(2), t.get(3), false),
            v -> attended(v, (l, s) -> v.get(3).at(l, s))));
  }

  private static Row lstm(String name, boolean biased) {
    int length = 3;
    return row(
        name,
        d -> {
          int n = d.batch();
          int in = d.size();
          int hidden = d.size();
          var inputs =
              new ArrayList<>(
                  List.of(
                      d.normal(length, n, in),
                      d.normal(4 * hidden, in),
                      d.normal(4 * hidden, hidden),
                      d.normal(n, hidden),
                      d.normal(n, hidden)));
          if (biased) {
            inputs.add(d.normal(4 * hidden));
            inputs.add(d.normal(4 * hidden));
          }
          return inputs;
        },
        t ->
            Recurrence.lstm(
                t.get(0), t.get(1), t.get(2), t.subList(5, t.size()), t.get(3), t.get(4)),
        v -> {
          int n = v.get(3).size(0);
          int hidden = v.get(3).size(1);
          var states = new double[2][length][n][hidden];
          for (int t = 0; t < length; t++) {
            for (int i = 0; i < n; i++) {
              for (int j = 0; j < hidden; j++) {
                double before = t == 0 ? v.get(4).at(i, j) : states[1][t - 1][i][j];
                var h = t == 0 ? null : states[0][t - 1][i];
                double c =
                    sigmoid(gate(v, t, i, hidden + j, h)) * before
                        + sigmoid(gate(v, t, i, j, h))
                            * Math.tanh(gate(v, t, i, 2 * hidden + j, h));
                states[1][t][i][j] = c;
                states[0][t][i][j] = sigmoid(gate(v, t, i, 3 * hidden + j, h)) * Math.tanh(c);
              }
            }
          }
          return fill(Shape.of(2, length, n, hidden), i -> states[i[0]][i[1]][i[2]][i[3]]);
        });
  }

  /// An LSTM's gate before its function.
  ///
  /// @param before the hidden state of sequence i; `null` for the one that it starts with
  private static double gate(List<Plain> v, int t, int i, int gate, double @Nullable [] before) {
    double sum = v.size() > 5 ? v.get(5).at(gate) + v.get(6).at(gate) : 0;
    for (int k = 0; k < v.get(0).size(2); k++) {
      sum += v.get(1).at(gate, k) * v.get(0).at(t, i, k);
    }
    for (int k = 0; k < v.get(3).size(1); k++) {
      sum += v.get(2).at(gate, k) * (before == null ? v.get(3).at(i, k) : before[k]);
    }
    return sum;
  }

  private static double sigmoid(double x) {
    return 1 / (1 + Math.exp(-x));
  }

  private static double gate(Plain gates, int[] i, int number, int of) {
    return gates.at(i[0], number * gates.size(1) / of + i[1]);
  }

  private static Row attention(String name, boolean causal) {
    return row(
        name,
        d -> {
          int keys = d.size();
          return List.of(d.normal(2, d.size(), 4), d.normal(2, keys, 4), d.normal(2, keys, 5));
        },
        t -> Attention.scaledDotProduct(t.get(0), t.get(1), t.get(2), null, causal),
        v -> attended(v, (l, s) -> causal && s > l ? Double.NEGATIVE_INFINITY : 0));
  }

  private interface Mask {
    double at(int query, int key);
  }

  private static Plain attended(List<Plain> v, Mask mask) {
    var q = v.get(0);
    var k = v.get(1);
    int features = q.size(2);
    return fill(
        Shape.of(q.size(0), q.size(1), v.get(2).size(2)),
        i -> {
          var weights =
              IntStream.range(0, k.size(1))
                  .mapToDouble(
                      s -> {
                        double dot = 0;
                        for (int e = 0; e < features; e++) {
                          dot += q.at(i[0], i[1], e) * k.at(i[0], s, e);
                        }
                        return Math.exp(dot / Math.sqrt(features) + mask.at(i[1], s));
                      })
                  .toArray();
          double sum = 0;
          double total = 0;
          for (int s = 0; s < weights.length; s++) {
            sum += weights[s] * v.get(2).at(i[0], s, i[2]);
            total += weights[s];
          }
          return sum / total;
        });
  }
}
