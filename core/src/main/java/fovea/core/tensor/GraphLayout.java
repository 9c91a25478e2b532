package fovea.core.tensor;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;

/// Where the nodes and edges of a graph go: a drawing in layers (Sugiyama, Tagawa & Toda 1981).
/// Pure geometry, in two directions: `along` the flow, and `across` it.
///
/// 1. Layers: a node stands one behind the last of its inputs; a leaf right before its first use,
///    or first of all.
/// 2. An edge over several layers gets a bend in each of those between, so that it goes around
///    their nodes. Edges of one origin share their bends.
/// 3. Order within the layers: as a walk from the result finds them, which draws trees without a
///    crossing; then sorting by the barycentre of the neighbours and exchanging neighbours, while
///    that removes crossings.
/// 4. Places: each layer in turn moves as near to its neighbours as its order and spacing allow.
final class GraphLayout {
  /// What must stay free between neighbours in a layer.
  private static final double GAP = 18;

  /// Between layers, at least.
  private static final double CHANNEL = 44;

  /// The last straight piece of an edge, for its arrow.
  static final double ARROW = 9;

  private static final int SWEEPS = 24;
  private static final int RELAXATIONS = 60;

  /// A node to be placed.
  ///
  /// @param first whether a leaf stands in the first layer, whenever it is used
  /// @param commutative whether its inputs may enter in any order
  /// @param inputs indices of nodes before this one, in the order of the operands; none for a leaf
  record Vertex(
      double along, double across, boolean first, boolean commutative, List<Integer> inputs) {
    boolean leaf() {
      return inputs.isEmpty();
    }
  }

  record Point(double along, double across) {}

  /// An edge: from the first point to the second in a straight line, on to the third in a curve
  /// that begins and ends in the direction of flow, then straight again, and so on.
  record Route(int from, int to, List<Point> points) {}

  /// Everything in its place.
  ///
  /// @param centres of the nodes
  /// @param thickness of the layers that they stand in
  record Placed(
      List<Point> centres,
      List<Double> thickness,
      List<Route> routes,
      double along,
      double across) {}

  /// One edge between neighbouring layers, or a piece of one.
  ///
  /// @param ofLeaf whether what flows comes from a leaf
  /// @param input which input of its target it is
  /// @param lean where it enters, as a fraction of the target's side from its centre, for sorting
  private record Piece(int from, int to, boolean ofLeaf, int input, double lean) {}

  private static final List<Piece> NONE = List.of();

  private final List<Vertex> vertices;
  private final double portSpan;
  private final boolean stretch;

  // Vertices, then bends.
  private final List<Integer> layerOf = new ArrayList<>();
  private final List<Double> across = new ArrayList<>();
  private final List<List<Piece>> in = new ArrayList<>();
  private final List<List<Piece>> out = new ArrayList<>();

  private final List<List<Integer>> layers = new ArrayList<>();
  private final List<List<Integer>> bends = new ArrayList<>();
  private int[] place = {};
  private double[] position = {};

  /// Where each input of a vertex enters, relative to its centre.
  private final List<double[]> ports = new ArrayList<>();

  private GraphLayout(List<Vertex> vertices, double portSpan, boolean stretch) {
    this.vertices = vertices;
    this.portSpan = portSpan;
    this.stretch = stretch;
  }

  /// @param vertices in topological order; the last is the result, which depends on all
  /// @param portSpan the part of a node's side over which its inputs enter
  /// @param stretch whether nodes will be drawn as thick as their layer
  static Placed of(List<Vertex> vertices, double portSpan, boolean stretch) {
    var layout = new GraphLayout(vertices, portSpan, stretch);
    layout.rank();
    layout.connect();
    layout.order();
    layout.assignPorts();
    layout.relax();
    return layout.result();
  }

  // ---- 1. layers

  private void rank() {
    int n = vertices.size();
    var rank = new int[n];
    var firstUse = new int[n];
    Arrays.fill(firstUse, Integer.MAX_VALUE);
    for (int v = 0; v < n; v++) {
      for (int u : vertices.get(v).inputs) {
        rank[v] = Math.max(rank[v], rank[u] + 1);
      }
      for (int u : vertices.get(v).inputs) {
        firstUse[u] = Math.min(firstUse[u], rank[v]);
      }
    }
    for (int v = 0; v < n; v++) {
      var vertex = vertices.get(v);
      boolean late = vertex.leaf() && !vertex.first && firstUse[v] < Integer.MAX_VALUE;
      addPlace(late ? firstUse[v] - 1 : rank[v], vertex.across);
    }
  }

  private int addPlace(int rank, double size) {
    layerOf.add(rank);
    across.add(size);
    in.add(new ArrayList<>());
    out.add(new ArrayList<>());
    while (layers.size() <= rank) {
      layers.add(new ArrayList<>());
    }
    return layerOf.size() - 1;
  }

  // ---- 2. edges and bends

  private void connect() {
    int n = vertices.size();
    var last = new int[n];
    for (int v = 0; v < n; v++) {
      for (int u : vertices.get(v).inputs) {
        last[u] = Math.max(last[u], layerOf.get(v));
      }
    }
    for (int u = 0; u < n; u++) {
      var chain = new ArrayList<Integer>();
      int at = u;
      for (int r = layerOf.get(u) + 1; r < last[u]; r++) {
        int bend = addPlace(r, 0);
        connect(new Piece(at, bend, vertices.get(u).leaf(), 0, 0));
        chain.add(bend);
        at = bend;
      }
      bends.add(chain);
    }
    for (int v = 0; v < n; v++) {
      var inputs = vertices.get(v).inputs;
      for (int i = 0; i < inputs.size(); i++) {
        int u = inputs.get(i);
        int between = layerOf.get(v) - layerOf.get(u) - 1;
        int from = between == 0 ? u : bends.get(u).get(between - 1);
        boolean any = vertices.get(v).commutative;
        double lean = any ? 0 : (i + 1.0) / (inputs.size() + 1) - 0.5;
        connect(new Piece(from, v, vertices.get(u).leaf(), i, lean));
      }
    }
  }

  private void connect(Piece piece) {
    out.get(piece.from).add(piece);
    in.get(piece.to).add(piece);
  }

  // ---- 3. order

  private void order() {
    place = new int[layerOf.size()];
    visit(vertices.size() - 1, new boolean[layerOf.size()]);
    number();
    long fewest = crossings();
    var best = copy();
    for (int i = 0; i < SWEEPS && fewest > 0; i++) {
      sweep(i % 2 == 0);
      exchange();
      long now = crossings();
      if (now < fewest) {
        fewest = now;
        best = copy();
      }
    }
    for (int r = 0; r < layers.size(); r++) {
      layers.set(r, best.get(r));
    }
    number();
  }

  private void visit(int v, boolean[] seen) {
    if (!seen[v]) {
      seen[v] = true;
      in.get(v).forEach(p -> visit(p.from, seen));
      layers.get(layerOf.get(v)).add(v);
    }
  }

  private void number() {
    for (var layer : layers) {
      number(layer);
    }
  }

  private void number(List<Integer> layer) {
    for (int i = 0; i < layer.size(); i++) {
      place[layer.get(i)] = i;
    }
  }

  private List<List<Integer>> copy() {
    var copy = new ArrayList<List<Integer>>();
    layers.forEach(layer -> copy.add(new ArrayList<>(layer)));
    return copy;
  }

  private void sweep(boolean forward) {
    for (int i = 0; i < layers.size(); i++) {
      var layer = layers.get(forward ? i : layers.size() - 1 - i);
      var centre = new double[place.length];
      for (int v : layer) {
        centre[v] = barycentre(v, forward);
      }
      layer.sort(Comparator.comparingDouble(v -> centre[v]));
      number(layer);
    }
  }

  private double barycentre(int v, boolean forward) {
    var pieces = forward ? in.get(v) : out.get(v);
    double sum = 0;
    for (var p : pieces) {
      sum += forward ? place[p.from] : place[p.to] + p.lean;
    }
    return pieces.isEmpty() ? place[v] : sum / pieces.size();
  }

  /// Exchanges neighbours while that removes crossings.
  private void exchange() {
    boolean better = true;
    for (int round = 0; round < 10 && better; round++) {
      better = false;
      for (var layer : layers) {
        for (int i = 0; i + 1 < layer.size(); i++) {
          int v = layer.get(i);
          int w = layer.get(i + 1);
          if (crossings(v, w) > crossings(w, v)) {
            Collections.swap(layer, i, i + 1);
            place[w] = i;
            place[v] = i + 1;
            better = true;
          }
        }
      }
    }
  }

  /// Of the edges of v with those of w, if v stands before w.
  private int crossings(int v, int w) {
    int n = 0;
    for (var a : in.get(v)) {
      for (var b : in.get(w)) {
        n += place[a.from] > place[b.from] ? 1 : 0;
      }
    }
    for (var a : out.get(v)) {
      for (var b : out.get(w)) {
        n += place[a.to] + a.lean > place[b.to] + b.lean ? 1 : 0;
      }
    }
    return n;
  }

  private long crossings() {
    long n = 0;
    for (var layer : layers) {
      var pieces = new ArrayList<Piece>();
      layer.forEach(v -> pieces.addAll(out.get(v)));
      for (int i = 0; i < pieces.size(); i++) {
        for (int j = 0; j < i; j++) {
          var a = pieces.get(j);
          var b = pieces.get(i);
          // Pieces are listed by their origin.
          n += place[a.from] != place[b.from] && target(a) > target(b) ? 1 : 0;
        }
      }
    }
    return n;
  }

  private double target(Piece p) {
    return place[p.to] + p.lean;
  }

  // ---- 4. places

  /// Inputs enter side by side in the order of the operands, or where that does not matter in the
  /// order in which they come. Where only one of them was computed it enters in the middle, so that
  /// a chain of operations is a straight line.
  private void assignPorts() {
    for (int v = 0; v < vertices.size(); v++) {
      var vertex = vertices.get(v);
      var pieces = new ArrayList<>(in.get(v));
      if (vertex.commutative) {
        pieces.sort(Comparator.comparingInt(p -> place[p.from]));
      }
      int n = pieces.size();
      int computed = 0;
      double centre = (n - 1) / 2.0;
      for (int i = 0; i < n; i++) {
        computed += pieces.get(i).ofLeaf ? 0 : 1;
      }
      for (int i = 0; i < n && computed == 1; i++) {
        centre = pieces.get(i).ofLeaf ? centre : i;
      }
      double reach = Math.max(centre, n - 1 - centre);
      double step = reach == 0 ? 0 : Math.min(26, vertex.across * portSpan / 2 / reach);
      var at = new double[n];
      for (int i = 0; i < n; i++) {
        at[pieces.get(i).input] = (i - centre) * step;
      }
      ports.add(at);
    }
  }

  private double port(Piece p) {
    return p.to < vertices.size() ? ports.get(p.to)[p.input] : 0;
  }

  private void relax() {
    position = new double[layerOf.size()];
    for (var layer : layers) {
      double at = 0;
      for (int i = 0; i < layer.size(); i++) {
        at += i == 0 ? 0 : apart(layer.get(i - 1), layer.get(i));
        position[layer.get(i)] = at;
      }
    }
    for (int i = 0; i < RELAXATIONS; i++) {
      // Looking one way only, a whole chain moves at once; looking both ways, the ends find a
      // balance.
      boolean forward = i % 2 == 0;
      boolean both = i >= RELAXATIONS * 2 / 3;
      for (int r = 0; r < layers.size(); r++) {
        settle(layers.get(forward ? r : layers.size() - 1 - r), forward || both, !forward || both);
      }
    }
    double least = Double.MAX_VALUE;
    for (int v = 0; v < position.length; v++) {
      least = Math.min(least, position[v] - across.get(v) / 2);
    }
    for (int v = 0; v < position.length; v++) {
      position[v] -= least;
    }
  }

  /// The distance of the centres of neighbours.
  private double apart(int v, int w) {
    return (across.get(v) + across.get(w)) / 2 + GAP;
  }

  /// Moves a layer to where the weighted squares of the distances to what its nodes are connected
  /// with are least, given their order and spacing: isotonic regression by pooling adjacent
  /// violators.
  private void settle(List<Integer> layer, boolean back, boolean ahead) {
    int n = layer.size();
    var mean = new double[n];
    var weight = new double[n];
    var start = new int[n];
    var shift = new double[n];
    int groups = 0;
    for (int i = 0; i < n; i++) {
      int v = layer.get(i);
      shift[i] = i == 0 ? 0 : shift[i - 1] + apart(layer.get(i - 1), v);
      double sum = 0;
      double total = 0;
      for (var p : back ? in.get(v) : NONE) {
        double w = weight(p, v);
        sum += w * (position[p.from] - port(p));
        total += w;
      }
      for (var p : ahead ? out.get(v) : NONE) {
        double w = weight(p, v);
        sum += w * (position[p.to] + port(p));
        total += w;
      }
      mean[groups] = (total == 0 ? position[v] : sum / total) - shift[i];
      weight[groups] = total == 0 ? 1e-7 : total;
      start[groups] = i;
      groups++;
      while (groups > 1 && mean[groups - 2] > mean[groups - 1]) {
        double both = weight[groups - 2] + weight[groups - 1];
        mean[groups - 2] =
            (mean[groups - 2] * weight[groups - 2] + mean[groups - 1] * weight[groups - 1]) / both;
        weight[groups - 2] = both;
        groups--;
      }
    }
    for (int g = 0; g < groups; g++) {
      int end = g + 1 < groups ? start[g + 1] : n;
      for (int i = start[g]; i < end; i++) {
        position[layer.get(i)] = mean[g] + shift[i];
      }
    }
  }

  private boolean onlyLeaves(int v) {
    for (var p : in.get(v)) {
      if (!p.ofLeaf) {
        return false;
      }
    }
    return true;
  }

  /// How strongly a piece pulls at one of its ends. Long edges are kept straight first, from where
  /// they begin, then chains of operations; leaves go where they are used and hardly pull.
  private double weight(Piece p, int end) {
    boolean isVertex = end < vertices.size();
    if (isVertex && (p.ofLeaf || vertices.get(end).leaf())) {
      return vertices.get(end).leaf() ? 3e-4 : onlyLeaves(end) ? 60 : 1e-5;
    }
    if (p.to >= vertices.size()) {
      return p.from >= vertices.size() ? 8 : 5;
    }
    return p.from >= vertices.size() ? 1 : 3;
  }

  // ---- the result

  private Placed result() {
    int n = layers.size();
    var begin = new double[n];
    var end = new double[n];
    double at = 0;
    for (int r = 0; r < n; r++) {
      double thickness = 0;
      double steepest = 0;
      for (int v : layers.get(r)) {
        thickness = Math.max(thickness, v < vertices.size() ? vertices.get(v).along : 0);
        for (var p : out.get(v)) {
          steepest = Math.max(steepest, Math.abs(position[v] - position[p.to] - port(p)));
        }
      }
      begin[r] = at;
      end[r] = at + thickness;
      at = end[r] + CHANNEL + Math.min(40, steepest * 0.15);
    }
    var centres = new ArrayList<Point>();
    var thickness = new ArrayList<Double>();
    var routes = new ArrayList<Route>();
    for (int v = 0; v < vertices.size(); v++) {
      int r = layerOf.get(v);
      centres.add(new Point((begin[r] + end[r]) / 2, position[v]));
      thickness.add(end[r] - begin[r]);
      for (int i = 0; i < vertices.get(v).inputs.size(); i++) {
        routes.add(route(vertices.get(v).inputs.get(i), v, i, centres, begin, end));
      }
    }
    double width = 0;
    for (int v = 0; v < position.length; v++) {
      width = Math.max(width, position[v] + across.get(v) / 2);
    }
    return new Placed(centres, thickness, routes, end[n - 1], width);
  }

  private Route route(int u, int v, int input, List<Point> centres, double[] begin, double[] end) {
    int first = layerOf.get(u);
    int last = layerOf.get(v);
    var points = new ArrayList<Point>();
    points.add(new Point(centres.get(u).along + half(u, begin, end), position[u]));
    points.add(new Point(end[first], position[u]));
    for (int r = first + 1; r < last; r++) {
      double at = position[bends.get(u).get(r - first - 1)];
      points.add(new Point(begin[r], at));
      points.add(new Point(end[r], at));
    }
    double entry = position[v] + ports.get(v)[input];
    points.add(new Point(begin[last] - ARROW, entry));
    points.add(new Point(centres.get(v).along - half(v, begin, end), entry));
    return new Route(u, v, points);
  }

  private double half(int v, double[] begin, double[] end) {
    int r = layerOf.get(v);
    return (stretch ? end[r] - begin[r] : vertices.get(v).along) / 2;
  }
}
