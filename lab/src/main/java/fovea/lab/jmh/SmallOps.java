package fovea.lab.jmh;

import fovea.core.array.DType;
import fovea.core.array.Rng;
import fovea.core.array.Shape;
import fovea.core.memory.Scope;
import fovea.core.tensor.Tensor;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;
import org.openjdk.jmh.infra.Blackhole;

/// What a call of an operation costs where the arithmetic costs next to nothing. A step of 100
/// calls in one scope, as in a network; times are for one call.
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(
    value = 1,
    jvmArgsAppend = {
      "-XX:+UseParallelGC",
      "--add-modules=jdk.incubator.vector",
      "-Djdk.incubator.vector.VECTOR_ACCESS_OOB_CHECK=0",
      "--enable-native-access=ALL-UNNAMED"
    })
@State(org.openjdk.jmh.annotations.Scope.Thread)
public class SmallOps {
  private static final int CALLS = 100;

  private Tensor sixteen = Tensor.zeros(16);
  private Tensor thousand = Tensor.zeros(1000);
  private Tensor row = Tensor.zeros(1, 64);
  private Tensor weight = Tensor.zeros(64, 64);
  private Tensor bias = Tensor.zeros(64);
  private Tensor parameter = Tensor.zeros(16);

  @Setup(Level.Trial)
  public void fill() {
    sixteen = normal(16);
    thousand = normal(1000);
    row = normal(1, 64);
    weight = normal(64, 64);
    bias = normal(64);
    parameter = normal(16).withGrad();
  }

  private static Tensor normal(int... shape) {
    return Tensor.normal(Rng.of(1), 0, 1, Shape.of(shape), DType.F32);
  }

  @Benchmark
  @OperationsPerInvocation(CALLS)
  public void add16(Blackhole hole) {
    try (var _ = Scope.open("step")) {
      for (int i = 0; i < CALLS; i++) {
        hole.consume(sixteen.add(sixteen));
      }
    }
  }

  /// The same, recorded for gradients.
  @Benchmark
  @OperationsPerInvocation(CALLS)
  public void add16Recorded(Blackhole hole) {
    try (var _ = Scope.open("step")) {
      for (int i = 0; i < CALLS; i++) {
        hole.consume(parameter.add(sixteen));
      }
    }
  }

  @Benchmark
  @OperationsPerInvocation(CALLS)
  public void relu1000(Blackhole hole) {
    try (var _ = Scope.open("step")) {
      for (int i = 0; i < CALLS; i++) {
        hole.consume(thousand.relu());
      }
    }
  }

  @Benchmark
  @OperationsPerInvocation(CALLS)
  public void linear64x64(Blackhole hole) {
    try (var _ = Scope.open("step")) {
      for (int i = 0; i < CALLS; i++) {
        hole.consume(row.linear(weight, bias));
      }
    }
  }
}
