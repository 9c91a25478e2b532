package fovea.core.kernel.vector;

import fovea.core.array.NdArray;
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
    long elements = p.shape().elements();
    if (v == null
        || elements < 2L * PART
        || elements % Memory.SPECIES.length() != 0
        || !VectorLoops.areVectors(p, g, v)) {
      return false;
    }
    try {
      long ps = p.address();
      long gs = g.address();
      long vs = v.address();
      int parts = Math.toIntExact(Math.ceilDiv(elements, (long) PART));
      team.run(
          parts,
          i -> {
            long start = (long) i * PART;
            long end = Math.min(elements, start + PART);
            sgd(ps, gs, vs, start, end, rate, momentum, nesterov, decay);
          });
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
    var r = FloatVector.broadcast(Memory.SPECIES, rate);
    var m = FloatVector.broadcast(Memory.SPECIES, momentum);
    var w = FloatVector.broadcast(Memory.SPECIES, decay);
    for (long i = start; i < end; i += Memory.SPECIES.length()) {
      var old = Memory.load(p, i, false);
      var d = Memory.load(g, i, false).add(w.mul(old));
      var velocity = m.mul(Memory.load(v, i, false)).add(d);
      Memory.store(velocity, v, i, false);
      var way = nesterov ? d.add(m.mul(velocity)) : velocity;
      Memory.store(old.sub(r.mul(way)), p, i, false);
    }
  }
}
