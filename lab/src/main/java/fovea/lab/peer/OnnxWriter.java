package fovea.lab.peer;

import com.google.protobuf.ByteString;
import com.google.protobuf.CodedOutputStream;
import fovea.lab.work.Op;
import fovea.lab.work.Work;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;

/// Writes a work's forward pass as an ONNX model (onnx.proto, operator set 20): inputs `x` and, for
/// works on plain numbers, `y`; output `out`.
final class OnnxWriter {
  private static final int FLOAT = 1;
  private static final int INT64 = 7;
  private static final int OPERATOR_SET = 20;

  /// A message's fields, written by their numbers in onnx.proto.
  private interface Fields {
    void write(CodedOutputStream out) throws IOException;
  }

  /// Where the numbers of a parameter come from.
  interface Weights {
    float[] of(String name, int... shape);
  }

  private final Weights weights;
  private final List<ByteString> nodes = new ArrayList<>();
  private final List<ByteString> initializers = new ArrayList<>();

  private OnnxWriter(Weights weights) {
    this.weights = weights;
  }

  static byte[] write(Work work, Weights weights) {
    var writer = new OnnxWriter(weights);
    var graph =
        switch (work.task()) {
          case INFER -> writer.network(work);
          case MATMUL -> writer.product(work.batch());
          case ELEMENTWISE -> writer.elementwise(work.batch());
          case TRAIN -> throw new IllegalArgumentException("ONNX models only infer");
        };
    var model =
        message(
            m -> {
              m.writeInt64(1, 10);
              m.writeString(2, "fovea-lab");
              m.writeBytes(7, graph);
              m.writeBytes(8, message(o -> o.writeInt64(2, OPERATOR_SET)));
            });
    return model.toByteArray();
  }

  // ---- graphs

  private ByteString network(Work work) {
    var net = work.net();
    var names = new ArrayList<String>();
    names.add("x");
    for (var step : net.steps()) {
      boolean last = names.size() == net.steps().size();
      var out = last ? "out" : "v" + names.size();
      var inputs = step.inputs().stream().map(names::get).toList();
      node(step.op(), inputs.getFirst(), inputs.getLast(), out);
      names.add(out);
    }
    var shape = new ArrayList<Integer>();
    shape.add(work.batch());
    for (int size : net.shape(net.steps().size())) {
      shape.add(size);
    }
    return graph(
        List.of(value("x", work.inputShape())),
        value("out", shape.stream().mapToInt(i -> i).toArray()));
  }

  private ByteString product(int n) {
    node("MatMul", List.of("x", "y"), "out");
    return graph(List.of(value("x", n, n), value("y", n, n)), value("out", n, n));
  }

  private ByteString elementwise(int n) {
    tensor("factor", FLOAT, floats(1.5f));
    node("Mul", List.of("x", "factor"), "a");
    node("Add", List.of("a", "y"), "b");
    node("Relu", List.of("b"), "c");
    node("Mul", List.of("c", "y"), "d");
    node("Sigmoid", List.of("d"), "e");
    node("Sub", List.of("e", "x"), "f");
    node("Abs", List.of("f"), "g");
    node("Sqrt", List.of("g"), "out");
    return graph(List.of(value("x", n), value("y", n)), value("out", n));
  }

  private ByteString graph(List<ByteString> inputs, ByteString output) {
    return message(
        g -> {
          for (var node : nodes) {
            g.writeBytes(1, node);
          }
          g.writeString(2, "work");
          for (var initializer : initializers) {
            g.writeBytes(5, initializer);
          }
          for (var input : inputs) {
            g.writeBytes(11, input);
          }
          g.writeBytes(12, output);
        });
  }

  // ---- operations

  private void node(Op op, String x, String second, String out) {
    switch (op) {
      case Op.Conv c -> {
        var inputs =
            new ArrayList<>(List.of(x, weight(c.name(), c.out(), c.in(), c.kernel(), c.kernel())));
        if (c.bias()) {
          inputs.add(parameter(c.name() + ".bias", c.out()));
        }
        node(
            "Conv",
            inputs,
            out,
            ints("kernel_shape", c.kernel(), c.kernel()),
            ints("strides", c.stride(), c.stride()),
            ints("pads", c.pad(), c.pad(), c.pad(), c.pad()));
      }
      case Op.UpConv u ->
          node(
              "ConvTranspose",
              List.of(
                  x,
                  weight(u.name(), u.in(), u.out(), 2, 2),
                  parameter(u.name() + ".bias", u.out())),
              out,
              ints("kernel_shape", 2, 2),
              ints("strides", 2, 2));
      case Op.BatchNorm n -> {
        var inputs = new ArrayList<>(List.of(x));
        for (var part : List.of("weight", "bias", "running_mean", "running_var")) {
          inputs.add(parameter(n.name() + "." + part, n.channels()));
        }
        node("BatchNormalization", inputs, out);
      }
      case Op.Linear l -> {
        var inputs = new ArrayList<>(List.of(x, weight(l.name(), l.out(), l.in())));
        if (l.bias()) {
          inputs.add(parameter(l.name() + ".bias", l.out()));
        }
        node("Gemm", inputs, out, integer("transB", 1));
      }
      case Op.Relu _ -> node("Relu", List.of(x), out);
      case Op.Gelu _ -> node("Gelu", List.of(x), out);
      case Op.MaxPool p ->
          node(
              "MaxPool",
              List.of(x),
              out,
              ints("kernel_shape", p.kernel(), p.kernel()),
              ints("strides", p.stride(), p.stride()),
              ints("pads", p.pad(), p.pad(), p.pad(), p.pad()));
      case Op.GlobalAvgPool _ -> node("GlobalAveragePool", List.of(x), out);
      case Op.Flatten _ -> node("Flatten", List.of(x), out);
      case Op.Scale s -> {
        tensor(out + ".factor", FLOAT, floats((float) s.factor()));
        node("Mul", List.of(x, out + ".factor"), out);
      }
      case Op.SubsampleAndPad s -> {
        var names = List.of(out + ".starts", out + ".ends", out + ".axes", out + ".steps");
        tensor(names.get(0), INT64, longs(0, 0), 2);
        tensor(names.get(1), INT64, longs(Integer.MAX_VALUE, Integer.MAX_VALUE), 2);
        tensor(names.get(2), INT64, longs(2, 3), 2);
        tensor(names.get(3), INT64, longs(2, 2), 2);
        var inputs = new ArrayList<>(List.of(x));
        inputs.addAll(names);
        node("Slice", inputs, out + ".half");
        tensor(out + ".pads", INT64, longs(0, s.each(), 0, 0, 0, s.each(), 0, 0), 8);
        node("Pad", List.of(out + ".half", out + ".pads"), out);
      }
      case Op.Add _ -> node("Add", List.of(x, second), out);
      case Op.Concat _ -> node("Concat", List.of(x, second), out, integer("axis", 1));
    }
  }

  private void node(String type, List<String> inputs, String output, ByteString... attributes) {
    nodes.add(
        message(
            n -> {
              for (var input : inputs) {
                n.writeString(1, input);
              }
              n.writeString(2, output);
              n.writeString(3, output);
              n.writeString(4, type);
              for (var attribute : attributes) {
                n.writeBytes(5, attribute);
              }
            }));
  }

  private static ByteString integer(String name, long value) {
    return message(
        a -> {
          a.writeString(1, name);
          a.writeInt64(3, value);
          a.writeEnum(20, 2);
        });
  }

  private static ByteString ints(String name, long... values) {
    return message(
        a -> {
          a.writeString(1, name);
          for (long value : values) {
            a.writeInt64(8, value);
          }
          a.writeEnum(20, 7);
        });
  }

  // ---- tensors

  private String weight(String name, int... shape) {
    return parameter(name + ".weight", shape);
  }

  private String parameter(String name, int... shape) {
    tensor(name, FLOAT, floats(weights.of(name, shape)), shape);
    return name;
  }

  private void tensor(String name, int type, ByteString values, int... shape) {
    initializers.add(
        message(
            t -> {
              for (int size : shape) {
                t.writeInt64(1, size);
              }
              t.writeInt32(2, type);
              t.writeString(8, name);
              t.writeBytes(9, values);
            }));
  }

  private static ByteString value(String name, int... shape) {
    var dimensions =
        message(
            s -> {
              for (int size : shape) {
                s.writeBytes(1, message(d -> d.writeInt64(1, size)));
              }
            });
    var tensorType =
        message(
            t -> {
              t.writeInt32(1, FLOAT);
              t.writeBytes(2, dimensions);
            });
    return message(
        v -> {
          v.writeString(1, name);
          v.writeBytes(2, message(t -> t.writeBytes(1, tensorType)));
        });
  }

  private static ByteString floats(float... values) {
    var bytes = ByteBuffer.allocate(4 * values.length).order(ByteOrder.LITTLE_ENDIAN);
    bytes.asFloatBuffer().put(values);
    return ByteString.copyFrom(bytes);
  }

  private static ByteString longs(long... values) {
    var bytes = ByteBuffer.allocate(8 * values.length).order(ByteOrder.LITTLE_ENDIAN);
    bytes.asLongBuffer().put(values);
    return ByteString.copyFrom(bytes);
  }

  private static ByteString message(Fields fields) {
    try {
      var bytes = new ByteArrayOutputStream();
      var out = CodedOutputStream.newInstance(bytes);
      fields.write(out);
      out.flush();
      return ByteString.copyFrom(bytes.toByteArray());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
