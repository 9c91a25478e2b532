package fovea.lab.work;

import java.util.ArrayList;
import java.util.List;

/// A network as a list of operations, each of which takes results of earlier ones. All contestants
/// but Fovea build theirs from this one description, and the floor counts its operations.
public final class Network {
  private final int[] input;
  private final List<Op.Step> steps = new ArrayList<>();
  private final List<int[]> shapes = new ArrayList<>();

  /// @param input [C, H, W]
  Network(int... input) {
    this.input = input;
    shapes.add(input);
  }

  public List<Op.Step> steps() {
    return steps;
  }

  /// [C, H, W] of a value: 0 for the input, i + 1 for the result of step i; [C] once flat.
  public int[] shape(int value) {
    return shapes.get(value).clone();
  }

  /// [C, H, W] of the input.
  public int[] input() {
    return input.clone();
  }

  /// How many numbers the weights have: all parameters of two and more dimensions.
  public long weights() {
    long sum = 0;
    for (var step : steps) {
      sum +=
          switch (step.op()) {
            case Op.Conv c -> (long) c.in() * c.out() * c.kernel() * c.kernel();
            case Op.UpConv u -> 4L * u.in() * u.out();
            case Op.Linear l -> (long) l.in() * l.out();
            default -> 0;
          };
    }
    return sum;
  }

  /// How often a value is read.
  public int consumers(int value) {
    return (int) steps.stream().flatMap(s -> s.inputs().stream()).filter(i -> i == value).count();
  }

  /// The latest value.
  int last() {
    return steps.size();
  }

  /// Appends an operation on the latest value.
  Network then(Op op) {
    return on(op, last());
  }

  /// Appends an operation on the values given.
  Network on(Op op, Integer... inputs) {
    int[] a = shapes.get(inputs[0]);
    steps.add(new Op.Step(op, List.of(inputs)));
    shapes.add(
        switch (op) {
          case Op.Conv c ->
              new int[] {
                c.out(),
                window(a[1], c.kernel(), c.stride(), c.pad()),
                window(a[2], c.kernel(), c.stride(), c.pad())
              };
          case Op.UpConv u -> new int[] {u.out(), 2 * a[1], 2 * a[2]};
          case Op.MaxPool p ->
              new int[] {
                a[0],
                window(a[1], p.kernel(), p.stride(), p.pad()),
                window(a[2], p.kernel(), p.stride(), p.pad())
              };
          case Op.GlobalAvgPool _ -> new int[] {a[0], 1, 1};
          case Op.Flatten _ -> new int[] {a[0] * a[1] * a[2]};
          case Op.Linear l -> new int[] {l.out()};
          case Op.SubsampleAndPad s ->
              new int[] {a[0] + 2 * s.each(), (a[1] + 1) / 2, (a[2] + 1) / 2};
          case Op.Concat _ -> new int[] {a[0] + shapes.get(inputs[1])[0], a[1], a[2]};
          case Op.BatchNorm _, Op.Relu _, Op.Gelu _, Op.Scale _, Op.Add _ -> a.clone();
        });
    return this;
  }

  private static int window(int size, int kernel, int stride, int pad) {
    return (size + 2 * pad - kernel) / stride + 1;
  }
}
