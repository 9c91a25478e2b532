package fovea.lab.peer;

import static org.bytedeco.pytorch.global.torch.DeviceType.CPU;

import fovea.lab.work.Network;
import fovea.lab.work.Op;
import fovea.lab.work.Precision;
import fovea.lab.work.Work;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import org.bytedeco.javacpp.Loader;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.InferenceMode;
import org.bytedeco.pytorch.LongOptional;
import org.bytedeco.pytorch.SGD;
import org.bytedeco.pytorch.SGDOptions;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.MemoryFormat;
import org.bytedeco.pytorch.global.torch.ScalarType;

/// LibTorch, PyTorch's C++ library, called from Java through JavaCPP's presets.
final class LibTorchPeer implements Peer {
  private static final long[] ONE = {1, 1};
  private static final long[] NONE = {0, 0};

  private boolean bf16;
  private MemoryFormat format = MemoryFormat.Contiguous;
  private final List<Tensor> trained = new ArrayList<>();
  private long weights;

  @Override
  public String version() {
    try {
      return "LibTorch " + Loader.getVersion("org.bytedeco", "pytorch") + " (JavaCPP presets)";
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public Prepared prepare(Work work, Precision precision, Configuration configuration) {
    torch.set_num_threads(configuration.threads());
    torch.manual_seed(1);
    bf16 = precision == Precision.BF16;
    format = configuration.channelsLast() ? MemoryFormat.ChannelsLast : MemoryFormat.Contiguous;
    return switch (work.task()) {
      case TRAIN -> train(work);
      case INFER -> infer(work);
      case MATMUL -> product(work);
      case ELEMENTWISE -> elementwise(work);
    };
  }

  private Prepared train(Work work) {
    var network = compile(work.net(), true);
    var x = images(work);
    var y = labels(work);
    var none = new TensorOptional();
    var sgd = work.sgd();
    var options = new SGDOptions(sgd.rate());
    options.momentum().put(sgd.momentum());
    options.weight_decay().put(sgd.weightDecay());
    options.nesterov().put(sgd.nesterov());
    var optimizer = new SGD(new TensorVector(trained.toArray(Tensor[]::new)), options);
    Runnable step =
        () -> {
          try (var _ = new PointerScope()) {
            optimizer.zero_grad();
            autocast(true);
            var loss = torch.cross_entropy_loss(network.forward(x), y, none, 1 /* mean */, -100, 0);
            autocast(false);
            loss.backward();
            optimizer.step();
          }
        };
    return new Prepared(step, weights);
  }

  private Prepared infer(Work work) {
    var network = compile(work.net(), false);
    var x = images(work);
    return new Prepared(
        () -> {
          try (var _ = new PointerScope();
              var _ = new InferenceMode()) {
            autocast(true);
            network.forward(x);
            autocast(false);
          }
        },
        weights);
  }

  private Prepared product(Work work) {
    var type = bf16 ? ScalarType.BFloat16 : ScalarType.Float;
    var a = torch.randn(work.batch(), work.batch()).to(type);
    var b = torch.randn(work.batch(), work.batch()).to(type);
    return inference(() -> torch.matmul(a, b));
  }

  private static Prepared elementwise(Work work) {
    var x = torch.randn(work.batch());
    var y = torch.randn(work.batch());
    var factor = new Scalar(1.5);
    return inference(
        () -> torch.sigmoid(torch.relu(x.mul(factor).add(y)).mul(y)).sub(x).abs().sqrt());
  }

  private static Prepared inference(Runnable step) {
    return new Prepared(
        () -> {
          try (var _ = new PointerScope();
              var _ = new InferenceMode()) {
            step.run();
          }
        },
        0);
  }

  /// As `with torch.autocast("cpu", torch.bfloat16)` does on entering and on leaving.
  private void autocast(boolean begin) {
    if (!bf16) {
      return;
    }
    torch.set_autocast_enabled(CPU, begin);
    if (begin) {
      torch.set_autocast_dtype(CPU, ScalarType.BFloat16);
      torch.increment_nesting();
    } else if (torch.decrement_nesting() == 0) {
      torch.clear_cache();
    }
  }

  private Tensor images(Work work) {
    int[] s = work.inputShape();
    return torch.randn(s[0], s[1], s[2], s[3]).contiguous(format);
  }

  private static Tensor labels(Work work) {
    int[] s = work.labelShape();
    long n = 1;
    var shape = new long[s.length];
    for (int i = 0; i < s.length; i++) {
      n *= s[i];
      shape[i] = s[i];
    }
    return torch
        .arange(new Scalar(n))
        .to(ScalarType.Long)
        .remainder(new Scalar((long) work.classes()))
        .reshape(shape);
  }

  // ---- the network

  private interface Forward {
    Tensor forward(Tensor x);
  }

  private interface Function {
    Tensor of(Tensor a, Tensor b);
  }

  private Forward compile(Network net, boolean training) {
    var steps = net.steps();
    var functions = new Function[steps.size()];
    for (int i = 0; i < functions.length; i++) {
      functions[i] = compile(steps.get(i).op(), training);
    }
    return x -> {
      var values = new Tensor[functions.length + 1];
      values[0] = x;
      for (int i = 0; i < functions.length; i++) {
        var inputs = steps.get(i).inputs();
        values[i + 1] = functions[i].of(values[inputs.getFirst()], values[inputs.getLast()]);
      }
      return values[functions.length];
    };
  }

  private Function compile(Op op, boolean training) {
    return switch (op) {
      case Op.Conv c -> {
        int fanIn = c.in() * c.kernel() * c.kernel();
        var w = weight(fanIn, !c.frozen(), c.out(), c.in(), c.kernel(), c.kernel());
        var b = bias(c.bias(), !c.frozen(), c.out());
        var stride = new long[] {c.stride(), c.stride()};
        var pad = new long[] {c.pad(), c.pad()};
        yield (x, _) -> torch.conv2d(x, w, b, stride, pad, ONE, 1);
      }
      case Op.UpConv u -> {
        var w = weight(4 * u.in(), true, u.in(), u.out(), 2, 2);
        var b = bias(true, true, u.out());
        var two = new long[] {2, 2};
        yield (x, _) -> torch.conv_transpose2d(x, w, b, two, NONE, NONE, 1, ONE);
      }
      case Op.Linear l -> {
        var w = weight(l.in(), true, l.out(), l.in());
        var b = bias(l.bias(), true, l.out());
        yield (x, _) -> torch.linear(x, w, b);
      }
      case Op.BatchNorm n -> {
        var scale = torch.ones(n.channels());
        var shift = parameter(torch.zeros(n.channels()), true);
        var w = new TensorOptional(n.fixedScale() ? scale : parameter(scale, true));
        var b = new TensorOptional(shift);
        var mean = new TensorOptional(torch.zeros(n.channels()));
        var variance = new TensorOptional(torch.ones(n.channels()));
        yield (x, _) -> torch.batch_norm(x, w, b, mean, variance, training, 0.1, 1e-5, true);
      }
      case Op.Relu _ -> (x, _) -> torch.relu(x);
      case Op.Gelu _ -> (x, _) -> torch.gelu(x);
      case Op.MaxPool p -> {
        var kernel = new long[] {p.kernel(), p.kernel()};
        var stride = new long[] {p.stride(), p.stride()};
        var pad = new long[] {p.pad(), p.pad()};
        yield (x, _) -> torch.max_pool2d(x, kernel, stride, pad, ONE, false);
      }
      case Op.GlobalAvgPool _ -> (x, _) -> torch.adaptive_avg_pool2d(x, ONE);
      case Op.Flatten _ -> (x, _) -> x.flatten(1, -1);
      case Op.Scale s -> {
        var factor = new Scalar(s.factor());
        yield (x, _) -> x.mul(factor);
      }
      case Op.SubsampleAndPad s -> {
        var whole = new LongOptional();
        var pad = new long[] {0, 0, 0, 0, s.each(), s.each()};
        yield (x, _) ->
            torch.constant_pad_nd(x.slice(2, whole, whole, 2).slice(3, whole, whole, 2), pad);
      }
      case Op.Add _ -> (a, b) -> a.add(b);
      case Op.Concat _ -> (a, b) -> torch.cat(new TensorVector(a, b), 1);
    };
  }

  private Tensor weight(int fanIn, boolean trains, long... shape) {
    double limit = 1 / Math.sqrt(fanIn);
    var w = torch.rand(shape).mul(new Scalar(2 * limit)).sub(new Scalar(limit));
    weights += w.numel();
    return parameter(shape.length == 4 ? w.contiguous(format) : w, trains);
  }

  private TensorOptional bias(boolean present, boolean trains, int size) {
    return present
        ? new TensorOptional(parameter(torch.zeros(size), trains))
        : new TensorOptional();
  }

  private Tensor parameter(Tensor values, boolean trains) {
    if (trains) {
      values.set_requires_grad(true);
      trained.add(values);
    }
    return values;
  }
}
