package fovea.core.kernel.onednn;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import fovea.core.kernel.Team;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/// Java's loops on the threads that oneDNN's kernels run on: GNU OpenMP's entry point for a
/// parallel region, called with a function that calls back into Java. There is no second team to
/// fight over the cores, and no waking up: 1 to 2 µs a loop.
final class OpenMpTeam implements Team {
  private static final Map<Long, Loop> LOOPS = new ConcurrentHashMap<>();
  private static final AtomicLong NUMBERS = new AtomicLong();

  private final MethodHandle parallel;
  private final MemorySegment callback;

  private OpenMpTeam(MethodHandle parallel, MemorySegment callback) {
    this.parallel = parallel;
    this.callback = callback;
  }

  /// The team of the OpenMP runtime that was loaded, or [Team#ALONE] where it is another one.
  @SuppressWarnings("restricted")
  static Team of(SymbolLookup symbols) {
    var entry = symbols.find("GOMP_parallel");
    if (entry.isEmpty()) {
      return ALONE;
    }
    var linker = Linker.nativeLinker();
    try {
      var callback =
          linker.upcallStub(
              MethodHandles.lookup()
                  .findStatic(
                      OpenMpTeam.class, "work", MethodType.methodType(void.class, long.class)),
              FunctionDescriptor.ofVoid(JAVA_LONG),
              Arena.global());
      var parallel =
          linker.downcallHandle(
              entry.get(), FunctionDescriptor.ofVoid(ADDRESS, JAVA_LONG, JAVA_INT, JAVA_INT));
      return new OpenMpTeam(parallel, callback);
    } catch (ReflectiveOperationException e) {
      throw new LinkageError("the method is in this class", e);
    }
  }

  /// A loop that the team is at: whoever comes takes the next part.
  private static final class Loop {
    private final int parts;
    private final Part body;
    private final AtomicInteger next = new AtomicInteger();
    private final AtomicReference<@Nullable Throwable> thrown = new AtomicReference<>();

    Loop(int parts, Part body) {
      this.parts = parts;
      this.body = body;
    }

    void work() {
      for (int part = next.getAndIncrement(); part < parts; part = next.getAndIncrement()) {
        try {
          body.run(part);
        } catch (Throwable t) {
          // Native frames lie below: nothing may be thrown through them.
          thrown.compareAndSet(null, t);
        }
      }
    }
  }

  /// What each thread of the team calls.
  static void work(long number) {
    var loop = LOOPS.get(number);
    if (loop != null) {
      loop.work();
    }
  }

  @Override
  public int threads() {
    return OneDnn.threads();
  }

  @Override
  public void run(int parts, Part body) {
    int threads = Math.min(threads(), parts);
    if (threads <= 1) {
      ALONE.run(parts, body);
      return;
    }
    var loop = new Loop(parts, body);
    long number = NUMBERS.incrementAndGet();
    LOOPS.put(number, loop);
    try {
      parallel.invokeExact(callback, number, threads, 0);
    } catch (Throwable t) {
      throw new AssertionError("GOMP_parallel could not be called", t);
    } finally {
      LOOPS.remove(number);
    }
    switch (loop.thrown.get()) {
      case null -> {}
      case RuntimeException e -> throw e;
      case Error e -> throw e;
      case Throwable e -> throw new AssertionError("parts throw no checked exceptions", e);
    }
  }
}
