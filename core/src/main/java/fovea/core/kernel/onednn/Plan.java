package fovea.core.kernel.onednn;

import java.util.Arrays;

/// A kernel call that is ready to run: primitives in order, each with its arguments bound to the
/// caller's arrays, to constants or to places in a [Scratch]. For one thread at a time.
final class Plan {
  /// @param arguments an array of `dnnl_exec_arg_t`
  record Step(long primitive, int threads, int count, long arguments, String what) {}

  /// A memory object and what it stands for: the caller's array of this number, or a place in the
  /// scratch.
  record Binding(long memory, int argument, long offset) {}

  private static final long NOWHERE = 0;

  private final Step[] once;
  private final Step[] steps;
  private final Binding[] arguments;
  private final Binding[] temporaries;
  private final long[] constants;
  private final long scratchBytes;
  private final long[] owned;
  private final long stream;
  private final long[] bound;
  private long scratchBound = NOWHERE;
  private boolean ran;

  /// @param once what to do before the first run only
  /// @param constants memory objects that stay where they are
  /// @param owned addresses to free at the end
  Plan(
      Step[] once,
      Step[] steps,
      Binding[] arguments,
      Binding[] temporaries,
      long[] constants,
      long scratchBytes,
      long[] owned) {
    this.once = once;
    this.steps = steps;
    this.arguments = arguments;
    this.temporaries = temporaries;
    this.constants = constants;
    this.scratchBytes = scratchBytes;
    this.owned = owned;
    this.stream = OneDnn.stream();
    this.bound = new long[1 + Arrays.stream(arguments).mapToInt(Binding::argument).max().orElse(0)];
  }

  /// Runs it on arrays at these addresses, which the caller keeps reachable.
  void run(long... addresses) {
    for (var binding : arguments) {
      long address = addresses[binding.argument];
      if (bound[binding.argument] != address) {
        OneDnn.setDataHandle(binding.memory, address);
      }
    }
    System.arraycopy(addresses, 0, bound, 0, bound.length);
    if (scratchBytes == 0) {
      execute();
      return;
    }
    var scratch = Scratch.take(scratchBytes);
    try {
      long base = scratch.address();
      if (base != scratchBound) {
        for (var binding : temporaries) {
          OneDnn.setDataHandle(binding.memory, base + binding.offset);
        }
        scratchBound = base;
      }
      execute();
    } finally {
      scratch.giveBack();
    }
  }

  private void execute() {
    if (!ran) {
      ran = true;
      execute(once);
    }
    execute(steps);
  }

  private void execute(Step[] all) {
    for (var step : all) {
      OneDnn.threads(step.threads);
      OneDnn.execute(step.primitive, stream, step.count, step.arguments, step.what);
    }
  }

  void destroy() {
    for (var step : once) {
      OneDnn.destroyPrimitive(step.primitive);
    }
    for (var step : steps) {
      OneDnn.destroyPrimitive(step.primitive);
    }
    for (var binding : arguments) {
      OneDnn.destroyMemory(binding.memory);
    }
    for (var binding : temporaries) {
      OneDnn.destroyMemory(binding.memory);
    }
    for (long memory : constants) {
      OneDnn.destroyMemory(memory);
    }
    OneDnn.destroyStream(stream);
    for (long address : owned) {
      OneDnn.free(address);
    }
  }
}
