package fovea.core.kernel.vector;

import static fovea.core.kernel.vector.Memory.ALL;
import static fovea.core.kernel.vector.Memory.LANES;
import static fovea.core.kernel.vector.Memory.ORDER;
import static fovea.core.kernel.vector.Memory.SPECIES;

import fovea.core.array.NdArray;
import fovea.core.kernel.AdamFactors;
import fovea.core.kernel.Team;
import java.lang.ref.Reference;
import jdk.incubator.vector.FloatVector;
import org.jspecify.annotations.Nullable;

/// Steps of optimizers over parameters that are large enough to be divided. Operations and their
/// order are those of plain Java, so that the bits are, too.
final class Descent {
  /// Elements a thread takes at a time.
  private static final int PART = 1 << 15;

  private Descent() {}

  static boolean sgd(
      Team team,
      NdArray p,
      NdArray g,
      @Nullable NdArray v,
      float rate,
      float momentum,
      boolean nesterov,
      float decay) {
    if (v == null || !worthIt(p, g, v)) {
      return false;
    }
    try {
      long ps = p.address();
      long gs = g.address();
      long vs = v.address();
      inParts(
          team,
          p.shape().elements(),
          (start, end) -> sgd(ps, gs, vs, start, end, rate, momentum, nesterov, decay));
    } finally {
      Reference.reachabilityFence(p);
      Reference.reachabilityFence(g);
      Reference.reachabilityFence(v);
    }
    return true;
  }

  private static void sgd(
      long p,
      long g,
      long v,
      long start,
      long end,
      float rate,
      float momentum,
      boolean nesterov,
      float decay) {
    var r = FloatVector.broadcast(SPECIES, rate);
    var m = FloatVector.broadcast(SPECIES, momentum);
    var w = FloatVector.broadcast(SPECIES, decay);
    for (long i = start; i < end; i += LANES) {
      var old = FloatVector.fromMemorySegment(SPECIES, ALL, p + 4 * i, ORDER);
      var d = FloatVector.fromMemorySegment(SPECIES, ALL, g + 4 * i, ORDER).add(w.mul(old));
      var velocity = m.mul(FloatVector.fromMemorySegment(SPECIES, ALL, v + 4 * i, ORDER)).add(d);
      velocity.intoMemorySegment(ALL, v + 4 * i, ORDER);
      var way = nesterov ? d.add(m.mul(velocity)) : velocity;
      old.sub(r.mul(way)).intoMemorySegment(ALL, p + 4 * i, ORDER);
    }
  }

  static boolean adam(Team team, NdArray p, NdArray g, NdArray m, NdArray v, AdamFactors f) {
    if (!worthIt(p, g, m, v)) {
      return false;
    }
    try {
      long ps = p.address();
      long gs = g.address();
      long ms = m.address();
      long vs = v.address();
      inParts(team, p.shape().elements(), (start, end) -> adam(ps, gs, ms, vs, start, end, f));
    } finally {
      Reference.reachabilityFence(p);
      Reference.reachabilityFence(g);
      Reference.reachabilityFence(m);
      Reference.reachabilityFence(v);
    }
    return true;
  }

  private static void adam(long p, long g, long m, long v, long start, long end, AdamFactors f) {
    var stride = FloatVector.broadcast(SPECIES, f.stride());
    var root = FloatVector.broadcast(SPECIES, f.root());
    var kept1 = FloatVector.broadcast(SPECIES, f.kept1());
    var new1 = FloatVector.broadcast(SPECIES, f.new1());
    var kept2 = FloatVector.broadcast(SPECIES, f.kept2());
    var new2 = FloatVector.broadcast(SPECIES, f.new2());
    var eps = FloatVector.broadcast(SPECIES, f.eps());
    var decay = FloatVector.broadcast(SPECIES, f.decay());
    var keep = FloatVector.broadcast(SPECIES, f.keep());
    for (long i = start; i < end; i += LANES) {
      var old = FloatVector.fromMemorySegment(SPECIES, ALL, p + 4 * i, ORDER);
      var d = FloatVector.fromMemorySegment(SPECIES, ALL, g + 4 * i, ORDER).add(decay.mul(old));
      var mean =
          kept1.mul(FloatVector.fromMemorySegment(SPECIES, ALL, m + 4 * i, ORDER)).add(new1.mul(d));
      var square =
          kept2
              .mul(FloatVector.fromMemorySegment(SPECIES, ALL, v + 4 * i, ORDER))
              .add(new2.mul(d).mul(d));
      mean.intoMemorySegment(ALL, m + 4 * i, ORDER);
      square.intoMemorySegment(ALL, v + 4 * i, ORDER);
      var way = stride.mul(mean).div(square.sqrt().mul(root).add(eps));
      old.mul(keep).sub(way).intoMemorySegment(ALL, p + 4 * i, ORDER);
    }
  }

  /// Does elements `start` to `end`, exclusive.
  @FunctionalInterface
  private interface Range {
    void run(long start, long end);
  }

  /// Whether vectors cover the parameter and its state, and it is large enough to be divided.
  private static boolean worthIt(NdArray p, NdArray... others) {
    long elements = p.shape().elements();
    return elements >= 2L * PART
        && elements % LANES == 0
        && VectorLoops.areVectors(p)
        && VectorLoops.areVectors(others);
  }

  private static void inParts(Team team, long elements, Range range) {
    int parts = Math.toIntExact(Math.ceilDiv(elements, (long) PART));
    team.run(
        parts,
        i -> {
          long start = (long) i * PART;
          range.run(start, Math.min(elements, start + PART));
        });
  }
}
