package fovea.lab.floor;

import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_BIAS;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_DIFF_BIAS;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_DIFF_DST;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_DIFF_SCALE;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_DIFF_SHIFT;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_DIFF_SRC;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_DIFF_WEIGHTS;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_DST;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_MEAN;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_SCALE;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_SHIFT;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_SRC;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_SRC_1;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_VARIANCE;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_WEIGHTS;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_WORKSPACE;

import fovea.lab.floor.FloorKernels.Kernel;
import fovea.lab.floor.FloorKernels.Pass;
import fovea.lab.work.Precision;
import fovea.lab.work.Work;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.function.Supplier;
import org.bytedeco.dnnl.IntMemoryMap;
import org.bytedeco.dnnl.batch_normalization_backward;
import org.bytedeco.dnnl.batch_normalization_forward;
import org.bytedeco.dnnl.binary;
import org.bytedeco.dnnl.convolution_backward_data;
import org.bytedeco.dnnl.convolution_backward_weights;
import org.bytedeco.dnnl.convolution_forward;
import org.bytedeco.dnnl.deconvolution_backward_data;
import org.bytedeco.dnnl.deconvolution_backward_weights;
import org.bytedeco.dnnl.deconvolution_forward;
import org.bytedeco.dnnl.eltwise_backward;
import org.bytedeco.dnnl.eltwise_forward;
import org.bytedeco.dnnl.engine;
import org.bytedeco.dnnl.global.dnnl;
import org.bytedeco.dnnl.global.dnnl.algorithm;
import org.bytedeco.dnnl.global.dnnl.normalization_flags;
import org.bytedeco.dnnl.global.dnnl.prop_kind;
import org.bytedeco.dnnl.matmul;
import org.bytedeco.dnnl.memory;
import org.bytedeco.dnnl.memory.data_type;
import org.bytedeco.dnnl.memory.format_tag;
import org.bytedeco.dnnl.pooling_backward;
import org.bytedeco.dnnl.pooling_forward;
import org.bytedeco.dnnl.primitive;
import org.bytedeco.dnnl.primitive_desc;
import org.bytedeco.dnnl.stream;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.javacpp.PointerScope;
import org.jspecify.annotations.Nullable;

/// Times each kernel of a work alone: all of oneDNN's implementations, in the layout each likes
/// best and in channels-last; the fastest counts. A process of its own, which computes on all
/// cores.
///
/// ```
/// FloorMain <work> <precision> <milliseconds for each implementation>
/// ```
///
/// Prints a line for each kernel: `how often <tab> milliseconds <tab> kernel <tab> implementation`.
public final class FloorMain {
  private static final int[] ARGUMENTS = {
    DNNL_ARG_SRC,
    DNNL_ARG_SRC_1,
    DNNL_ARG_WEIGHTS,
    DNNL_ARG_BIAS,
    DNNL_ARG_DST,
    DNNL_ARG_MEAN,
    DNNL_ARG_VARIANCE,
    DNNL_ARG_SCALE,
    DNNL_ARG_SHIFT,
    DNNL_ARG_DIFF_SRC,
    DNNL_ARG_DIFF_DST,
    DNNL_ARG_DIFF_WEIGHTS,
    DNNL_ARG_DIFF_BIAS,
    DNNL_ARG_DIFF_SCALE,
    DNNL_ARG_DIFF_SHIFT,
    DNNL_ARG_WORKSPACE
  };
  private static final format_tag[] IMAGE_LAYOUTS = {
    format_tag.nhwc, format_tag.nChw16c, format_tag.nChw8c
  };
  private static final float EPSILON = 1e-5f;
  private static final long[] NO_DILATION = {0, 0};

  /// An implementation that took longer than this, compared with the best so far, in its second
  /// call is not timed further.
  private static final double HOPELESS = 1.5;

  private static final int LEAST_RUNS = 5;

  private final engine cpu = new engine(engine.kind.cpu, 0);
  private final stream queue = new stream(cpu);
  private final data_type type;
  private final long nanoseconds;

  private FloorMain(Precision precision, long milliseconds) {
    type = precision == Precision.BF16 ? data_type.bf16 : data_type.f32;
    nanoseconds = milliseconds * 1_000_000;
  }

  private record Timed(double milliseconds, String implementation) {}

  public static void main(String[] args) {
    var out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
    var main = new FloorMain(Precision.of(args[1]), Long.parseLong(args[2]));
    FloorKernels.of(Work.of(args[0]))
        .forEach(
            (kernel, count) -> {
              var best = main.best(kernel);
              out.println(
                  String.format(
                      Locale.ROOT,
                      "%d\t%.6f\t%s\t%s",
                      count,
                      best.milliseconds(),
                      kernel.describe(),
                      best.implementation()));
            });
    System.exit(0);
  }

  private Timed best(Kernel kernel) {
    Timed best = null;
    for (var candidate : candidates(kernel)) {
      try (var _ = new PointerScope()) {
        primitive_desc pd = null;
        try {
          pd = candidate.get();
        } catch (RuntimeException e) {
          // No implementation for that layout: another candidate has one.
          System.err.println(kernel.describe() + ": " + e.getMessage());
          continue;
        }
        do {
          best = better(best, pd);
        } while (pd.next_impl());
      }
    }
    if (best == null) {
      throw new IllegalStateException(
          "oneDNN has no implementation of " + kernel.describe() + " in " + type);
    }
    return best;
  }

  private @Nullable Timed better(@Nullable Timed best, primitive_desc pd) {
    var name = pd.impl_info_str().getString();
    if (best != null && name.contains("ref")) {
      // Written to be read, not to be fast: some would take minutes.
      return best;
    }
    try (var _ = new PointerScope()) {
      var kernel = new primitive(pd);
      var arguments = arguments(pd);
      once(kernel, arguments);
      double second = once(kernel, arguments);
      if (best != null && second > HOPELESS * best.milliseconds()) {
        return best;
      }
      double median = median(kernel, arguments);
      return best == null || median < best.milliseconds() ? new Timed(median, name) : best;
    } catch (RuntimeException e) {
      // The implementation does not take these arguments after all.
      System.err.println(name + ": " + e.getMessage());
      return best;
    }
  }

  private double once(primitive kernel, IntMemoryMap arguments) {
    long began = System.nanoTime();
    kernel.execute(queue, arguments);
    queue._wait();
    return (System.nanoTime() - began) * 1e-6;
  }

  private double median(primitive kernel, IntMemoryMap arguments) {
    var times = new ArrayList<Double>();
    long end = System.nanoTime() + nanoseconds;
    while (times.size() < LEAST_RUNS || System.nanoTime() < end) {
      times.add(once(kernel, arguments));
    }
    times.sort(null);
    return times.get(times.size() / 2);
  }

  private IntMemoryMap arguments(primitive_desc pd) {
    var map = new IntMemoryMap();
    boolean backward = !pd.query_md(dnnl.query.exec_arg_md, DNNL_ARG_DIFF_DST).is_zero();
    for (int argument : ARGUMENTS) {
      if (backward && argument == DNNL_ARG_SHIFT) {
        // Batch norm describes its shift there, but does not take it.
        continue;
      }
      var shape = pd.query_md(dnnl.query.exec_arg_md, argument);
      if (!shape.is_zero()) {
        var values = new memory(shape, cpu);
        // 0.747 in float32, 0.746 in bfloat16; what pooling noted of its forward pass must be
        // valid.
        Pointer.memset(
            values.get_data_handle(), argument == DNNL_ARG_WORKSPACE ? 0 : 0x3f, shape.get_size());
        map.put(argument, values);
      }
    }
    return map;
  }

  // ---- descriptions of primitives

  private List<Supplier<primitive_desc>> candidates(Kernel kernel) {
    return switch (kernel) {
      case FloorKernels.Convolution c ->
          List.of(() -> convolution(c, format_tag.any), () -> convolution(c, format_tag.nhwc));
      case FloorKernels.Product p ->
          List.of(() -> product(p, format_tag.any), () -> product(p, format_tag.ab));
      case FloorKernels.BatchNorm b -> inLayouts(tag -> batchNorm(b, tag));
      case FloorKernels.Pooling p -> inLayouts(tag -> pooling(p, tag));
      case FloorKernels.Elementwise e -> List.of(() -> elementwise(e));
      case FloorKernels.Binary b -> List.of(() -> binary(b));
    };
  }

  private interface InLayout {
    primitive_desc describe(format_tag tag);
  }

  private static List<Supplier<primitive_desc>> inLayouts(InLayout describe) {
    return Arrays.stream(IMAGE_LAYOUTS)
        .map(tag -> (Supplier<primitive_desc>) () -> describe.describe(tag))
        .toList();
  }

  private memory.desc array(format_tag tag, long... sizes) {
    return new memory.desc(sizes, type, tag);
  }

  private primitive_desc convolution(FloorKernels.Convolution c, format_tag tag) {
    int h =
        c.transposed()
            ? c.height() * c.stride()
            : (c.height() + 2 * c.pad() - c.kernel()) / c.stride() + 1;
    int w =
        c.transposed()
            ? c.width() * c.stride()
            : (c.width() + 2 * c.pad() - c.kernel()) / c.stride() + 1;
    var x = array(tag, c.batch(), c.in(), c.height(), c.width());
    var y = array(tag, c.batch(), c.out(), h, w);
    var weights = array(format_tag.any, c.out(), c.in(), c.kernel(), c.kernel());
    // Gradients of weights are wanted in float32, in which the weights are kept.
    var gradient =
        new memory.desc(
            new long[] {c.out(), c.in(), c.kernel(), c.kernel()}, data_type.f32, format_tag.any);
    var stride = new long[] {c.stride(), c.stride()};
    var pad = new long[] {c.pad(), c.pad()};
    return c.transposed()
        ? transposed(c.pass(), x, weights, gradient, y, stride, pad)
        : plain(c.pass(), x, weights, gradient, y, stride, pad);
  }

  private primitive_desc plain(
      Pass pass,
      memory.desc x,
      memory.desc weights,
      memory.desc gradient,
      memory.desc y,
      long[] stride,
      long[] pad) {
    var direct = algorithm.convolution_direct;
    var d = NO_DILATION;
    var forward =
        new convolution_forward.primitive_desc(
            cpu, prop_kind.forward_training, direct, x, weights, y, stride, d, pad, pad);
    return switch (pass) {
      case FORWARD -> forward;
      case BACKWARD_DATA ->
          new convolution_backward_data.primitive_desc(
              cpu, direct, x, weights, y, stride, d, pad, pad, forward);
      case BACKWARD_WEIGHTS ->
          new convolution_backward_weights.primitive_desc(
              cpu, direct, x, gradient, y, stride, d, pad, pad, forward);
    };
  }

  private primitive_desc transposed(
      Pass pass,
      memory.desc x,
      memory.desc weights,
      memory.desc gradient,
      memory.desc y,
      long[] stride,
      long[] pad) {
    var direct = algorithm.deconvolution_direct;
    var d = NO_DILATION;
    var forward =
        new deconvolution_forward.primitive_desc(
            cpu, prop_kind.forward_training, direct, x, weights, y, stride, d, pad, pad);
    return switch (pass) {
      case FORWARD -> forward;
      case BACKWARD_DATA ->
          new deconvolution_backward_data.primitive_desc(
              cpu, direct, x, weights, y, stride, d, pad, pad, forward);
      case BACKWARD_WEIGHTS ->
          new deconvolution_backward_weights.primitive_desc(
              cpu, direct, x, gradient, y, stride, d, pad, pad, forward);
    };
  }

  private primitive_desc product(FloorKernels.Product p, format_tag tag) {
    return new matmul.primitive_desc(
        cpu, array(tag, p.m(), p.k()), array(tag, p.k(), p.n()), array(tag, p.m(), p.n()));
  }

  private primitive_desc batchNorm(FloorKernels.BatchNorm b, format_tag tag) {
    var x = array(tag, b.batch(), b.channels(), b.height(), b.width());
    int flags =
        normalization_flags.use_scale.value
            | normalization_flags.use_shift.value
            | (b.relu() ? normalization_flags.fuse_norm_relu.value : 0);
    var forward =
        new batch_normalization_forward.primitive_desc(
            cpu, prop_kind.forward_training.value, x, x, EPSILON, flags);
    return b.pass() == Pass.FORWARD
        ? forward
        : new batch_normalization_backward.primitive_desc(
            cpu, prop_kind.backward.value, x, x, x, EPSILON, flags, forward);
  }

  private primitive_desc pooling(FloorKernels.Pooling p, format_tag tag) {
    var x = array(tag, p.batch(), p.channels(), p.height(), p.width());
    var y =
        array(
            tag,
            p.batch(),
            p.channels(),
            (p.height() + 2 * p.pad() - p.kernel()) / p.stride() + 1,
            (p.width() + 2 * p.pad() - p.kernel()) / p.stride() + 1);
    var how = p.max() ? algorithm.pooling_max : algorithm.pooling_avg_exclude_padding;
    var kernel = new long[] {p.kernel(), p.kernel()};
    var stride = new long[] {p.stride(), p.stride()};
    var pad = new long[] {p.pad(), p.pad()};
    var forward =
        new pooling_forward.primitive_desc(
            cpu, prop_kind.forward_training, how, x, y, stride, kernel, NO_DILATION, pad, pad);
    return p.pass() == Pass.FORWARD
        ? forward
        : new pooling_backward.primitive_desc(
            cpu, how, x, y, stride, kernel, NO_DILATION, pad, pad, forward);
  }

  private primitive_desc elementwise(FloorKernels.Elementwise e) {
    var x = array(format_tag.a, e.elements());
    var how =
        switch (e.function()) {
          case "relu" -> algorithm.eltwise_relu;
          case "gelu" -> algorithm.eltwise_gelu_erf;
          case "linear" -> algorithm.eltwise_linear;
          case "sigmoid" -> algorithm.eltwise_logistic;
          case "abs" -> algorithm.eltwise_abs;
          case "sqrt" -> algorithm.eltwise_sqrt;
          default -> throw new IllegalArgumentException(e.function());
        };
    float alpha = e.function().equals("linear") ? 1.5f : 0;
    var forward =
        new eltwise_forward.primitive_desc(cpu, prop_kind.forward_training, how, x, x, alpha);
    return e.pass() == Pass.FORWARD
        ? forward
        : new eltwise_backward.primitive_desc(cpu, how, x, x, x, alpha, forward);
  }

  private primitive_desc binary(FloorKernels.Binary b) {
    var x = array(format_tag.a, b.elements());
    var how =
        switch (b.function()) {
          case "add" -> algorithm.binary_add;
          case "sub" -> algorithm.binary_sub;
          case "mul" -> algorithm.binary_mul;
          default -> throw new IllegalArgumentException(b.function());
        };
    return new binary.primitive_desc(cpu, how, x, x, x);
  }
}
