package fovea.core.tensor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import fovea.core.array.Rng;
import fovea.core.tensor.GraphLayout.Placed;
import fovea.core.tensor.GraphLayout.Vertex;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class GraphLayoutTest {
  private static Vertex vertex(Integer... inputs) {
    return new Vertex(60, 40, false, false, List.of(inputs));
  }

  /// A graph in which the last node depends on all.
  private static List<Vertex> random(long seed, int size) {
    var rng = Rng.of(seed);
    var vertices = new ArrayList<Vertex>();
    var unused = new ArrayList<Integer>();
    for (int v = 0; v < size; v++) {
      var inputs = new ArrayList<Integer>();
      int n = v == 0 ? 0 : rng.nextInt(4);
      for (int i = 0; i < n; i++) {
        inputs.add(rng.nextInt(v));
      }
      if (v == size - 1) {
        inputs.addAll(unused);
      }
      unused.removeAll(inputs);
      unused.add(v);
      vertices.add(
          new Vertex(
              40 + rng.nextInt(80),
              30 + rng.nextInt(60),
              rng.nextInt(2) == 0,
              rng.nextInt(2) == 0,
              inputs));
    }
    return vertices;
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 5, 20, 80, 250})
  void nothingOverlaps(int size) {
    for (long seed = 0; seed < 10; seed++) {
      var vertices = random(seed, size);
      for (boolean stretch : new boolean[] {false, true}) {
        assertNothingOverlaps(vertices, GraphLayout.of(vertices, 0.7, stretch), "seed " + seed);
      }
    }
  }

  private static void assertNothingOverlaps(List<Vertex> vertices, Placed placed, String seed) {
    for (int v = 0; v < vertices.size(); v++) {
      for (int w = 0; w < v; w++) {
        var a = placed.centres().get(v);
        var b = placed.centres().get(w);
        double along = (vertices.get(v).along() + vertices.get(w).along()) / 2;
        double across = (vertices.get(v).across() + vertices.get(w).across()) / 2;
        boolean apart =
            Math.abs(a.along() - b.along()) >= along || Math.abs(a.across() - b.across()) >= across;
        int[] pair = {v, w};
        assertTrue(apart, () -> seed + ": nodes " + Arrays.toString(pair));
      }
    }
    for (var route : placed.routes()) {
      var points = route.points();
      for (int i = 1; i < points.size(); i++) {
        var a = points.get(i - 1);
        var b = points.get(i);
        assertTrue(a.along() <= b.along() + 1e-9, () -> seed + ": an edge flows back");
        boolean curve = i % 2 == 0;
        if (!curve) {
          assertEquals(a.across(), b.across());
        }
        for (int v = 0; v < vertices.size(); v++) {
          if (v != route.from() && v != route.to()) {
            var c = placed.centres().get(v);
            double from = c.along() - vertices.get(v).along() / 2;
            double to = c.along() + vertices.get(v).along() / 2;
            boolean beside = b.along() <= from + 1e-9 || a.along() >= to - 1e-9;
            boolean past =
                !curve && Math.abs(a.across() - c.across()) >= vertices.get(v).across() / 2;
            int node = v;
            assertTrue(beside || past, () -> seed + ": " + route + " runs through node " + node);
          }
        }
      }
    }
  }

  @Test
  void aChainIsStraight() {
    // x → a → b → c, with two leaves to each, as layers with weight and bias.
    var vertices = new ArrayList<Vertex>();
    vertices.add(vertex());
    int last = 0;
    for (int i = 0; i < 10; i++) {
      vertices.add(vertex());
      vertices.add(vertex());
      vertices.add(vertex(last, vertices.size() - 2, vertices.size() - 1));
      last = vertices.size() - 1;
    }
    var centres = GraphLayout.of(vertices, 0.7, false).centres();
    double first = centres.get(6).across();
    for (int v = 6; v < vertices.size(); v += 3) {
      assertEquals(first, centres.get(v).across(), 1, "node " + v);
    }
  }

  @Test
  void aTreeHasItsLeavesInOrderAndNoCrossings() {
    var vertices =
        List.of(vertex(), vertex(), vertex(0, 1), vertex(), vertex(), vertex(3, 4), vertex(2, 5));
    var c = GraphLayout.of(vertices, 0.7, false).centres();
    assertTrue(c.get(0).across() < c.get(1).across());
    assertTrue(c.get(1).across() < c.get(3).across());
    assertTrue(c.get(3).across() < c.get(4).across());
    assertEquals((c.get(0).across() + c.get(1).across()) / 2, c.get(2).across(), 4);
    assertEquals((c.get(2).across() + c.get(5).across()) / 2, c.get(6).across(), 4);
  }

  @Test
  void leavesStandBeforeTheirFirstUseOrFirstOfAll() {
    var late = List.of(vertex(), vertex(0), vertex(1), vertex(), vertex(2, 3));
    var c = GraphLayout.of(late, 0.7, false).centres();
    assertEquals(c.get(2).along(), c.get(3).along());
    var first = new ArrayList<>(late);
    first.set(3, new Vertex(60, 40, true, false, List.of()));
    c = GraphLayout.of(first, 0.7, false).centres();
    assertEquals(c.get(0).along(), c.get(3).along());
  }
}
