package fovea.core.kernel.onednn;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import fovea.core.array.NdArray;
import fovea.core.memory.Tape;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/// Puts a [Plan] together: says which arrays there are, then which primitive reads and writes which
/// of them. Closing it gives back all that oneDNN needed for planning only.
///
/// Methods throw [OneDnn.Unsupported] where oneDNN has no implementation.
final class PlanBuilder implements AutoCloseable {
  private static final int ALIGNMENT = 64;
  private static final int EXEC_ARG_BYTES = 16;

  /// Up to about 8 µs of work, a second thread costs about as much as it saves, and much more where
  /// it has to wait for a core.
  private static final double WORTH_SPLITTING = 8000;

  /// An array of a plan: how it lies, and where: with the caller, in the scratch, or in memory that
  /// the plan owns.
  static final class Value {
    private final long desc;
    private final Place place;

    private Value(long desc, Place place) {
      this.desc = desc;
      this.place = place;
    }

    long desc() {
      return desc;
    }
  }

  private sealed interface Place {
    record Argument(int number) implements Place {}

    record Temporary(long offset) implements Place {}

    record Constant(long address) implements Place {}

    /// The scratchpad of the primitive that is running; all share one.
    record Scratchpad() implements Place {}
  }

  private record Argument(int name, Value value) {}

  private record Step(long desc, int threads, List<Argument> arguments) {}

  private final String what;
  private final List<Step> steps = new ArrayList<>();

  /// What is done once, before the first run.
  private final List<Step> first = new ArrayList<>();

  private final List<Long> memoryDescs = new ArrayList<>();
  private final List<Long> descs = new ArrayList<>();
  private final List<Long> attributes = new ArrayList<>();
  private final List<Long> owned = new ArrayList<>();
  private int threads;
  private boolean copiesOnOneThread;
  private long temporaryBytes;
  private long scratchpadBytes;

  /// @param what the operation and its shapes, for errors
  /// @param nanoseconds about how long it would take one thread
  PlanBuilder(String what, double nanoseconds) {
    this.what = what;
    work(nanoseconds);
  }

  /// States the work of the primitives that are described and added from now on.
  void work(double nanoseconds) {
    threads = nanoseconds < WORTH_SPLITTING ? 1 : OneDnn.threads();
    OneDnn.threads(threads);
  }

  // ---- arrays

  long desc(Layout layout) {
    long desc = OneDnn.memoryDesc(layout);
    memoryDescs.add(desc);
    return desc;
  }

  /// The array that the caller hands over at this position.
  Value argument(int number, Layout layout) {
    return argument(number, desc(layout));
  }

  Value argument(int number, long desc) {
    return new Value(desc, new Place.Argument(number));
  }

  Value argument(int number, NdArray a) {
    return argument(number, Layout.of(a));
  }

  Value temporary(Layout layout) {
    return temporary(desc(layout));
  }

  Value temporary(long desc) {
    var value = new Value(desc, new Place.Temporary(temporaryBytes));
    temporaryBytes += aligned(OneDnn.bytes(desc));
    return value;
  }

  /// float32, every element the same.
  @SuppressWarnings("restricted")
  Value constant(Layout layout, float element) {
    long desc = desc(layout);
    long bytes = OneDnn.bytes(desc);
    long address = own(bytes, ALIGNMENT);
    var segment = MemorySegment.ofAddress(address).reinterpret(bytes);
    for (long i = 0; i < bytes / Float.BYTES; i++) {
      segment.setAtIndex(JAVA_FLOAT, i, element);
    }
    return new Value(desc, new Place.Constant(address));
  }

  /// The same memory, seen in another way.
  Value view(Value value, Layout layout) {
    return new Value(desc(layout), value.place);
  }

  /// This array in the wanted layout: itself, or a copy.
  Value as(Value value, long wanted) {
    if (OneDnn.equal(value.desc, wanted)) {
      return value;
    }
    var copy = temporary(wanted);
    reorder(value, copy);
    return copy;
  }

  /// As [#as], of an array that may hold the same values in every run: then it is copied only once.
  Value packed(Value value, NdArray array, long wanted) {
    var tape = Tape.recording();
    if (tape == null || !tape.isConstant(array.storage()) || OneDnn.equal(value.desc, wanted)) {
      return as(value, wanted);
    }
    var copy = new Value(wanted, new Place.Constant(own(OneDnn.bytes(wanted), ALIGNMENT)));
    int before = steps.size();
    reorder(value, copy);
    var moved = steps.subList(before, steps.size());
    first.addAll(moved);
    moved.clear();
    return copy;
  }

  /// Memory that the plan owns.
  private long own(long bytes, int alignment) {
    long base = OneDnn.malloc(bytes + alignment);
    owned.add(base);
    return aligned(base);
  }

  /// Where a primitive that wants this layout shall write what is meant for `target`; to be
  /// followed by [#deliver].
  Value standIn(Value target, long wanted) {
    return OneDnn.equal(target.desc, wanted) ? target : temporary(wanted);
  }

  /// Copies a stand-in to where it belongs.
  void deliver(Value standIn, Value target) {
    if (standIn != target) {
      reorder(standIn, target);
    }
  }

  /// Makes the copies that follow use one thread: those between plain and blocked layouts of few
  /// channels are slower on two, which then write to the same cache lines.
  void copyOnOneThread() {
    copiesOnOneThread = true;
  }

  void reorder(Value from, Value to) {
    int before = threads;
    work(copiesOnOneThread ? 0 : OneDnn.bytes(to.desc) * 0.05);
    add(OneDnn.reorder(from.desc, to.desc)).with(OneDnn.ARG_SRC, from).with(OneDnn.ARG_DST, to);
    threads = before;
    OneDnn.threads(before);
  }

  // ---- primitives

  /// Keeps a description for as long as this builder.
  long own(long desc) {
    descs.add(desc);
    return desc;
  }

  /// Of the implementations of a primitive the first whose name starts with `prefix`; the first of
  /// all where there is no such one, or `prefix` is `null`.
  long choose(LongSupplier describe, @Nullable String prefix) {
    long first = own(describe.getAsLong());
    if (prefix == null || OneDnn.implementation(first).startsWith(prefix)) {
      return first;
    }
    if (OneDnn.implementation(first).contains("amx")) {
      return first; // the choices were measured without, and it leaves all others behind
    }
    long other = own(describe.getAsLong());
    while (OneDnn.nextImplementation(other)) {
      if (OneDnn.implementation(other).startsWith(prefix)) {
        return other;
      }
    }
    return first;
  }

  /// Refuses oneDNN's reference implementations, which are slower than plain Java.
  long fast(long desc) {
    var name = OneDnn.implementation(own(desc));
    if (name.startsWith("ref") || name.startsWith("simple")) {
      throw new OneDnn.Unsupported();
    }
    return desc;
  }

  /// Post-operations: what a primitive does to each element of its result.
  final class PostOps {
    private final long address = OneDnn.postOps();

    PostOps eltwise(int algorithm, float alpha, float beta) {
      OneDnn.appendEltwise(address, algorithm, alpha, beta);
      return this;
    }

    PostOps binary(int algorithm, Value operand) {
      OneDnn.appendBinary(address, algorithm, operand.desc);
      return this;
    }

    /// The attributes of a primitive that does this.
    long attributes() {
      try {
        long attr = OneDnn.attributes(address);
        attributes.add(attr);
        return attr;
      } finally {
        OneDnn.destroyPostOps(address);
      }
    }
  }

  PostOps postOps() {
    return new PostOps();
  }

  /// What was added, to be given its arguments.
  static final class Added {
    private final Step step;

    private Added(Step step) {
      this.step = step;
    }

    Added with(int name, @Nullable Value value) {
      if (value != null) {
        step.arguments.add(new Argument(name, value));
      }
      return this;
    }
  }

  /// Appends a primitive.
  Added add(long desc) {
    if (!descs.contains(desc)) {
      own(desc);
    }
    var step = new Step(desc, threads, new ArrayList<>());
    steps.add(step);
    long scratchpad = OneDnn.query(desc, OneDnn.QUERY_SCRATCHPAD_MD);
    long bytes = OneDnn.bytes(scratchpad);
    if (bytes > 0) {
      scratchpadBytes = Math.max(scratchpadBytes, bytes);
      step.arguments.add(
          new Argument(OneDnn.ARG_SCRATCHPAD, new Value(scratchpad, new Place.Scratchpad())));
    }
    return new Added(step);
  }

  // ---- the end

  Plan build() {
    var memories = new IdentityHashMap<Value, Long>();
    var arguments = new ArrayList<Plan.Binding>();
    var temporaries = new ArrayList<Plan.Binding>();
    var constants = new ArrayList<Long>();
    var once = ready(first, memories, arguments, temporaries, constants);
    var each = ready(steps, memories, arguments, temporaries, constants);
    var plan =
        new Plan(
            once,
            each,
            arguments.toArray(Plan.Binding[]::new),
            temporaries.toArray(Plan.Binding[]::new),
            toArray(constants),
            temporaryBytes + scratchpadBytes,
            toArray(owned));
    owned.clear();
    return plan;
  }

  private Plan.Step[] ready(
      List<Step> planned,
      Map<Value, Long> memories,
      List<Plan.Binding> arguments,
      List<Plan.Binding> temporaries,
      List<Long> constants) {
    var ready = new Plan.Step[planned.size()];
    for (int i = 0; i < ready.length; i++) {
      var step = planned.get(i);
      long args = OneDnn.malloc((long) EXEC_ARG_BYTES * step.arguments.size());
      owned.add(args);
      for (int j = 0; j < step.arguments.size(); j++) {
        var argument = step.arguments.get(j);
        long memory =
            memories.computeIfAbsent(
                argument.value, v -> memory(v, arguments, temporaries, constants));
        write(args + (long) EXEC_ARG_BYTES * j, argument.name, memory);
      }
      OneDnn.threads(step.threads);
      long primitive = OneDnn.primitive(step.desc, what);
      ready[i] = new Plan.Step(primitive, step.threads, step.arguments.size(), args, what);
    }
    return ready;
  }

  private long memory(
      Value value,
      List<Plan.Binding> arguments,
      List<Plan.Binding> temporaries,
      List<Long> constants) {
    long memory = OneDnn.memory(value.desc);
    switch (value.place) {
      case Place.Argument a -> arguments.add(new Plan.Binding(memory, a.number, 0));
      case Place.Temporary t -> temporaries.add(new Plan.Binding(memory, -1, t.offset));
      case Place.Scratchpad() -> temporaries.add(new Plan.Binding(memory, -1, temporaryBytes));
      case Place.Constant c -> {
        OneDnn.setDataHandle(memory, c.address);
        constants.add(memory);
      }
    }
    return memory;
  }

  @SuppressWarnings("restricted")
  private static void write(long address, int name, long memory) {
    var argument = MemorySegment.ofAddress(address).reinterpret(EXEC_ARG_BYTES);
    argument.set(JAVA_INT, 0, name);
    argument.set(JAVA_LONG, 8, memory);
  }

  private static long[] toArray(List<Long> values) {
    return values.stream().mapToLong(Long::longValue).toArray();
  }

  private static long aligned(long n) {
    return n + ALIGNMENT - 1 & -ALIGNMENT;
  }

  @Override
  public void close() {
    owned.forEach(OneDnn::free);
    descs.forEach(OneDnn::destroyDesc);
    attributes.forEach(OneDnn::destroyAttributes);
    memoryDescs.forEach(OneDnn::destroyMemoryDesc);
  }
}
