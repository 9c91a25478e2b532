package fovea.core.kernel.onednn;

import fovea.core.array.NdArray;
import fovea.core.memory.Tape;
import java.lang.ref.Reference;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// Runs plans on arrays. While a step is captured, each call gets a plan of its own, which goes on
/// the tape bound to its arrays: replayed, it needs no key, no search and no memory from Java.
final class Calls {
  private final Plans plans;

  Calls(int keptPlans) {
    plans = new Plans(keptPlans);
  }

  int plans() {
    return plans.size();
  }

  /// Java's part of a call: fills memory that the plan then reads.
  interface Prelude {
    void compute();

    /// Where it lies, as the plan's arguments after the arrays.
    long[] addresses();
  }

  /// Runs the plan of a key, making it first if there is none; arrays are its arguments in order.
  ///
  /// @return `false` where oneDNN has no good way to do it
  boolean run(Key key, Supplier<Plan> make, NdArray a, NdArray b) {
    var tape = Tape.recording();
    if (tape != null) {
      return record(tape, make, null, a, b);
    }
    try {
      return plans.run(key, make, a.address(), b.address());
    } finally {
      Reference.reachabilityFence(a);
      Reference.reachabilityFence(b);
    }
  }

  boolean run(Key key, Supplier<Plan> make, NdArray a, NdArray b, @Nullable NdArray c) {
    var tape = Tape.recording();
    if (tape != null) {
      return record(tape, make, null, a, b, c);
    }
    try {
      return plans.run(key, make, a.address(), b.address(), c == null ? 0 : c.address());
    } finally {
      Reference.reachabilityFence(a);
      Reference.reachabilityFence(b);
      Reference.reachabilityFence(c);
    }
  }

  boolean run(Key key, Supplier<Plan> make, @Nullable NdArray... arrays) {
    var tape = Tape.recording();
    return tape != null
        ? record(tape, make, null, arrays)
        : runNow(key, make, addresses(null, arrays), arrays);
  }

  /// @param lent the prelude in memory that the next call on this thread may overwrite
  /// @param owned the prelude in memory of its own
  boolean run(
      Key key,
      Supplier<Plan> make,
      Supplier<? extends Prelude> lent,
      Supplier<? extends Prelude> owned,
      @Nullable NdArray... arrays) {
    var tape = Tape.recording();
    if (tape != null) {
      return record(tape, make, owned.get(), arrays);
    }
    var prelude = lent.get();
    prelude.compute();
    try {
      return runNow(key, make, addresses(prelude, arrays), arrays);
    } finally {
      Reference.reachabilityFence(prelude);
    }
  }

  private boolean runNow(
      Key key, Supplier<Plan> make, long[] addresses, @Nullable NdArray... arrays) {
    try {
      return plans.run(key, make, addresses);
    } finally {
      Reference.reachabilityFence(arrays);
    }
  }

  /// Runs a plan on an array and on other memory, also while a step is captured: for what kernels
  /// want to know.
  boolean look(Key key, Supplier<Plan> make, NdArray a, long address) {
    try {
      return plans.run(key, make, a.address(), address);
    } finally {
      Reference.reachabilityFence(a);
    }
  }

  private static boolean record(
      Tape tape, Supplier<Plan> make, @Nullable Prelude prelude, @Nullable NdArray... arrays) {
    Plan plan;
    try {
      plan = make.get();
    } catch (OneDnn.Unsupported e) {
      return false;
    }
    tape.onClose(plan::destroy);
    var addresses = addresses(prelude, arrays);
    Runnable call =
        () -> {
          try {
            if (prelude != null) {
              prelude.compute();
            }
            plan.run(addresses);
          } finally {
            // What is not the tape's own must live as long as its calls.
            Reference.reachabilityFence(arrays);
          }
        };
    call.run();
    tape.add(call);
    return true;
  }

  private static long[] addresses(@Nullable Prelude prelude, @Nullable NdArray... arrays) {
    var extra = prelude == null ? new long[0] : prelude.addresses();
    var addresses = new long[arrays.length + extra.length];
    for (int i = 0; i < arrays.length; i++) {
      var a = arrays[i];
      addresses[i] = a == null ? 0 : a.address();
    }
    System.arraycopy(extra, 0, addresses, arrays.length, extra.length);
    return addresses;
  }

  /// What cannot be told before the values are known is replayed as the kernel call it was.
  static void decideAgain() {
    var tape = Tape.recording();
    if (tape != null) {
      tape.replayWhole();
    }
  }
}
