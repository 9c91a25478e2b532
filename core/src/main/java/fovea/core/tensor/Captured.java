package fovea.core.tensor;

import fovea.core.array.NdArray;
import fovea.core.array.Rng;
import fovea.core.kernel.Kernels;
import fovea.core.memory.Scope;
import fovea.core.memory.Storage;
import fovea.core.memory.Tape;
import fovea.core.memory.Tape.CaptureException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// A step of training or inference that was run once and can be run again on other values, as the
/// flat list of kernel calls that it was, in memory of its own: without Java's part of the work,
/// and to the same bits.
///
/// ```java
/// var step = Captured.of(in -> Mode.evaluating(() -> model.forward(in.get(0))), x);
/// step.result();    // of x
/// step.run(x2);     // of x2, in the same tensor
/// ```
///
/// What Java itself did in the step is not repeated, but for values that it put into tensors, which
/// are put there again as they were. Hence a step cannot be captured that reads values in its
/// middle, or draws from a random stream other than the one it is given; and inputs must keep their
/// shapes and types. Layers and operations are fine.
///
/// A captured step is for one thread at a time. Its memory goes back when nobody holds it or its
/// results, or when it is closed.
///
/// @param <R> what the step returns: tensors, in any form; [#run] changes their values
public final class Captured<R> implements AutoCloseable {
  private final List<Tensor> inputs;
  private final @Nullable Rng random;
  private final Tape tape;
  private final R result;

  private Captured(List<Tensor> inputs, @Nullable Rng random, Tape tape, R result) {
    this.inputs = inputs;
    this.random = random;
    this.tape = tape;
    this.result = result;
  }

  /// Something to be captured.
  @FunctionalInterface
  public interface Step<R> {
    /// Computes.
    ///
    /// @param inputs copies of what [Captured#of] or [Captured#run] were given, always the same
    ///   tensors
    R run(List<Tensor> inputs);
  }

  /// Something to be captured that draws random numbers.
  @FunctionalInterface
  public interface RandomStep<R> {
    /// Computes.
    ///
    /// @param inputs as of [Step]
    /// @param random the stream to draw from, for `Mode.training`
    R run(List<Tensor> inputs, Rng random);
  }

  /// Runs a step, and keeps it.
  ///
  /// @throws CaptureException saying why it cannot be replayed
  public static <R> Captured<R> of(Step<R> step, Tensor... inputs) {
    return of(step, false, inputs);
  }

  /// As [#of], for inference with a model that has its weights: they are prepared for the processor
  /// once, and must not change any more.
  ///
  /// @throws CaptureException saying why it cannot be replayed
  public static <R> Captured<R> frozen(Step<R> step, Tensor... inputs) {
    return of(step, true, inputs);
  }

  private static <R> Captured<R> of(Step<R> step, boolean frozen, Tensor... inputs) {
    var own = copies(inputs);
    var tape = new Tape(null, frozen, storages(own));
    return new Captured<>(own, null, tape, tape.record(() -> step.run(own)));
  }

  private static Set<Storage> storages(List<Tensor> tensors) {
    return tensors.stream().map(t -> t.array().storage()).collect(Collectors.toSet());
  }

  /// Runs a step, and keeps it.
  ///
  /// @param random what it draws from this time
  /// @throws CaptureException saying why it cannot be replayed
  public static <R> Captured<R> of(RandomStep<R> step, Rng random, Tensor... inputs) {
    var own = copies(inputs);
    var stream = random.copy();
    var tape = new Tape(stream, false, storages(own));
    return new Captured<>(own, stream, tape, tape.record(() -> step.run(own, stream)));
  }

  private static List<Tensor> copies(Tensor... inputs) {
    var own = new ArrayList<Tensor>();
    for (var input : inputs) {
      var array = NdArray.like(input.array(), input.dtype());
      Scope.keepForever(array.storage());
      array.storage().origin("a captured step's input");
      Kernels.best().copy(input.array(), array);
      own.add(Tensor.of(array));
    }
    return List.copyOf(own);
  }

  /// What the step returned, with the values of its latest run.
  public R result() {
    return result;
  }

  /// Runs it on other values.
  ///
  /// @throws CaptureException when their number, shapes or types are not those it was captured with
  public R run(Tensor... values) {
    if (random != null) {
      throw new CaptureException("it draws random numbers; give it a stream to draw from");
    }
    return replay(values);
  }

  /// Runs it on other values, with other random numbers.
  public R run(Rng stream, Tensor... values) {
    if (random == null) {
      throw new CaptureException("it was captured without a random stream");
    }
    random.becomes(stream);
    return replay(values);
  }

  private R replay(Tensor... values) {
    if (values.length != inputs.size()) {
      throw new CaptureException(
          "it has %d inputs, not %d".formatted(inputs.size(), values.length));
    }
    for (int i = 0; i < values.length; i++) {
      var from = values[i].array();
      var to = inputs.get(i).array();
      if (!from.shape().equals(to.shape()) || from.dtype() != to.dtype()) {
        throw new CaptureException(
            "input %d was %s %s and is %s %s now; capture a step for each shape"
                .formatted(i, to.dtype(), to.shape(), from.dtype(), from.shape()));
      }
    }
    for (int i = 0; i < values.length; i++) {
      Kernels.best().copy(values[i].array(), inputs.get(i).array());
    }
    tape.replay();
    return result;
  }

  /// Whether it takes values of these shapes and types.
  public boolean fits(Tensor... values) {
    return values.length == inputs.size()
        && Arrays.equals(
            values,
            inputs.toArray(Tensor[]::new),
            (a, b) -> a.shape().equals(b.shape()) && a.dtype() == b.dtype() ? 0 : 1);
  }

  /// Bytes of native memory that it keeps, inputs not counted.
  public long bytes() {
    return tape.bytes();
  }

  /// Gives its memory back, that of its results included.
  @Override
  public void close() {
    tape.close();
  }
}
