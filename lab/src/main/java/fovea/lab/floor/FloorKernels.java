package fovea.lab.floor;

import fovea.lab.work.Network;
import fovea.lab.work.Op;
import fovea.lab.work.Work;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.SequencedMap;

/// The arithmetic of a work as a list of kernels, with how often each occurs in a step.
///
/// What can ride along in another kernel costs nothing here: ReLU after a convolution, a linear
/// layer, batch norm or a sum; in inference also batch norm (folded into the convolution before it)
/// and the sums of residual blocks. Left out, as small: flattening, padding and scaling, loss,
/// softmax, the optimizer, conversions; concatenations, which can be written in place.
final class FloorKernels {
  /// One kernel.
  sealed interface Kernel {
    /// What it is, for the list of `--floor`.
    String describe();
  }

  enum Pass {
    FORWARD,
    BACKWARD_DATA,
    BACKWARD_WEIGHTS;

    String word() {
      return name().toLowerCase(Locale.ROOT).replace('_', ' ');
    }
  }

  /// @param transposed whether it is a transposed convolution, of which `in`, `height` and `width`
  ///   describe the small side
  record Convolution(
      Pass pass,
      boolean transposed,
      int batch,
      int in,
      int out,
      int height,
      int width,
      int kernel,
      int stride,
      int pad)
      implements Kernel {
    @Override
    public String describe() {
      return "%sconvolution %s %d → %d at %d×%d, %d×%d%s"
          .formatted(
              transposed ? "transposed " : "",
              pass.word(),
              in,
              out,
              height,
              width,
              kernel,
              kernel,
              stride == 1 ? "" : " stride " + stride);
    }
  }

  /// [m, k]·[k, n].
  record Product(int m, int k, int n) implements Kernel {
    @Override
    public String describe() {
      return "product %d×%d · %d×%d".formatted(m, k, k, n);
    }
  }

  record BatchNorm(Pass pass, int batch, int channels, int height, int width, boolean relu)
      implements Kernel {
    @Override
    public String describe() {
      return "batch norm%s %s %d at %d×%d"
          .formatted(relu ? " + ReLU" : "", pass.word(), channels, height, width);
    }
  }

  record Pooling(
      Pass pass,
      boolean max,
      int batch,
      int channels,
      int height,
      int width,
      int kernel,
      int stride,
      int pad)
      implements Kernel {
    @Override
    public String describe() {
      return "%s pooling %s %d at %d×%d, %d×%d"
          .formatted(max ? "max" : "mean", pass.word(), channels, height, width, kernel, kernel);
    }
  }

  /// A function of each element.
  ///
  /// @param function `relu`, `gelu`, `linear`, `sigmoid`, `abs`, `sqrt`
  record Elementwise(Pass pass, String function, long elements) implements Kernel {
    @Override
    public String describe() {
      return "%s %s of %,d".formatted(function, pass.word(), elements);
    }
  }

  /// An operation on two arrays, element by element.
  ///
  /// @param function `add`, `sub`, `mul`
  record Binary(String function, long elements) implements Kernel {
    @Override
    public String describe() {
      return "%s of %,d".formatted(function, elements);
    }
  }

  private final SequencedMap<Kernel, Integer> counts = new LinkedHashMap<>();

  private FloorKernels() {}

  static SequencedMap<Kernel, Integer> of(Work work) {
    var kernels = new FloorKernels();
    int n = work.batch();
    switch (work.task()) {
      case TRAIN -> kernels.network(work, true);
      case INFER -> kernels.network(work, false);
      case MATMUL -> kernels.add(new Product(n, n, n));
      case ELEMENTWISE -> {
        for (var f : new String[] {"linear", "relu", "sigmoid", "abs", "sqrt"}) {
          kernels.add(new Elementwise(Pass.FORWARD, f, n));
        }
        for (var f : new String[] {"add", "mul", "sub"}) {
          kernels.add(new Binary(f, n));
        }
      }
    }
    return kernels.counts;
  }

  private void add(Kernel kernel) {
    counts.merge(kernel, 1, Integer::sum);
  }

  private void network(Work work, boolean training) {
    var net = work.net();
    int n = work.batch();
    var needsGradient = new boolean[net.steps().size() + 1];
    for (int i = 0; i < net.steps().size(); i++) {
      var step = net.steps().get(i);
      boolean upstream = step.inputs().stream().anyMatch(v -> needsGradient[v]);
      needsGradient[i + 1] = upstream || trains(step.op());
      kernels(net, i, n, training, upstream);
    }
    if (!training) {
      return;
    }
    for (int v = 1; v < needsGradient.length; v++) {
      // The gradients of a value that is read several times are added up.
      for (int c = 1; needsGradient[v] && c < net.consumers(v); c++) {
        add(new Binary("add", elements(net, v, n)));
      }
    }
  }

  private static boolean trains(Op op) {
    return switch (op) {
      case Op.Conv c -> !c.frozen();
      case Op.UpConv _, Op.Linear _, Op.BatchNorm _ -> true;
      default -> false;
    };
  }

  /// The kernels of one step.
  ///
  /// @param upstream whether a gradient is wanted for its input
  private void kernels(Network net, int index, int n, boolean training, boolean upstream) {
    var step = net.steps().get(index);
    int[] s = net.shape(step.input());
    long elements = elements(net, index + 1, n);
    switch (step.op()) {
      case Op.Conv c -> {
        add(convolution(Pass.FORWARD, c, n, s));
        if (training && upstream) {
          add(convolution(Pass.BACKWARD_DATA, c, n, s));
        }
        if (training && !c.frozen()) {
          add(convolution(Pass.BACKWARD_WEIGHTS, c, n, s));
        }
      }
      case Op.UpConv u -> {
        for (var pass : Pass.values()) {
          if (training || pass == Pass.FORWARD) {
            add(new Convolution(pass, true, n, u.in(), u.out(), s[1], s[2], 2, 2, 0));
          }
        }
      }
      case Op.Linear l -> {
        add(new Product(n, l.in(), l.out()));
        if (training) {
          add(new Product(n, l.out(), l.in()));
          add(new Product(l.out(), n, l.in()));
        }
      }
      case Op.BatchNorm b -> {
        if (training) {
          boolean relu = follows(net, index, Op.Relu.class);
          add(new BatchNorm(Pass.FORWARD, n, b.channels(), s[1], s[2], relu));
          add(new BatchNorm(Pass.BACKWARD_DATA, n, b.channels(), s[1], s[2], relu));
        }
      }
      case Op.Relu _ -> {
        boolean fused = step.input() > 0 && isBatchNorm(net, step.input() - 1);
        if (training && !fused) {
          add(new Elementwise(Pass.BACKWARD_DATA, "relu", elements));
        }
      }
      case Op.Gelu _ -> {
        boolean rides = !training || (step.input() > 0 && isConvolution(net, step.input() - 1));
        if (!rides) {
          add(new Elementwise(Pass.FORWARD, "gelu", elements));
        }
        if (training && upstream) {
          add(new Elementwise(Pass.BACKWARD_DATA, "gelu", elements));
        }
      }
      case Op.MaxPool p ->
          pooling(true, n, s, p.kernel(), p.stride(), p.pad(), training && upstream);
      case Op.GlobalAvgPool _ -> pooling(false, n, s, s[1], s[1], 0, training && upstream);
      case Op.Add _ -> {
        if (training) {
          add(new Binary("add", elements));
        }
      }
      case Op.Flatten _, Op.Scale _, Op.SubsampleAndPad _, Op.Concat _ -> {
        // Costs little, or can be done in place.
      }
    }
  }

  private static Convolution convolution(Pass pass, Op.Conv c, int n, int[] s) {
    return new Convolution(
        pass, false, n, c.in(), c.out(), s[1], s[2], c.kernel(), c.stride(), c.pad());
  }

  private void pooling(
      boolean max, int n, int[] s, int kernel, int stride, int pad, boolean backward) {
    add(new Pooling(Pass.FORWARD, max, n, s[0], s[1], s[2], kernel, stride, pad));
    if (backward) {
      add(new Pooling(Pass.BACKWARD_DATA, max, n, s[0], s[1], s[2], kernel, stride, pad));
    }
  }

  /// Whether the next step is of that kind and reads this one's result.
  private static boolean follows(Network net, int index, Class<? extends Op> kind) {
    if (index + 1 >= net.steps().size()) {
      return false;
    }
    var next = net.steps().get(index + 1);
    return kind.isInstance(next.op()) && next.input() == index + 1;
  }

  private static boolean isBatchNorm(Network net, int index) {
    return net.steps().get(index).op() instanceof Op.BatchNorm;
  }

  private static boolean isConvolution(Network net, int index) {
    return net.steps().get(index).op() instanceof Op.Conv;
  }

  private static long elements(Network net, int value, int n) {
    long elements = n;
    for (int size : net.shape(value)) {
      elements *= size;
    }
    return elements;
  }
}
