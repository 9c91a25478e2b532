package fovea.core.tensor;

import fovea.core.kernel.Unary;
import fovea.core.kernel.Window;
import java.lang.reflect.RecordComponent;
import java.math.BigDecimal;
import java.math.MathContext;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// What there is to see of a graph, read from its tensors once, for the text and the picture.
///
/// @param items the nodes in the order of computation; the last is the result
/// @param hasGradients whether gradients were asked for
record GraphView(List<Item> items, boolean hasGradients) {
  /// Tensors of at most so many elements are shown whole, others by their smallest and largest
  /// element.
  private static final int WHOLE = 6;

  /// Not read at all: a picture is not worth a copy of such a tensor.
  private static final long HUGE = 1L << 26;

  private static final int DIGITS = 6;
  private static final int BRIEF_DIGITS = 4;

  /// More characters than this make a node of the picture too wide.
  private static final int BRIEF_LENGTH = 26;

  enum Kind {
    PARAMETER,
    CONSTANT,
    OPERATION
  }

  /// What a tensor holds.
  ///
  /// @param text with six digits
  /// @param brief with four, for pictures
  record Reading(String text, String brief) {
    Reading(String word) {
      this(word, word);
    }
  }

  /// A node.
  ///
  /// @param label unique in the graph: the name, or a number `%1`
  /// @param name what the tensor was named, `null` where it was not
  /// @param operation what computed it; the word "parameter" or "constant" for a leaf
  /// @param options of the operation, as `5×5 pad 2`; empty where it has none
  /// @param gradient `null` where it was not asked for or the node needs none
  /// @param inputs indices of items; one may occur twice
  record Item(
      String label,
      @Nullable String name,
      Kind kind,
      String operation,
      String options,
      String shape,
      Reading value,
      @Nullable Reading gradient,
      List<Integer> inputs) {

    /// `add(x, y)`, `clamp(x, 0, 1)`, or what kind of leaf it is.
    String expression(List<Item> items) {
      if (kind != Kind.OPERATION) {
        return operation;
      }
      var arguments = new ArrayList<String>();
      inputs.forEach(i -> arguments.add(items.get(i).label));
      if (!options.isEmpty()) {
        arguments.add(options);
      }
      return operation + "(" + String.join(", ", arguments) + ")";
    }
  }

  static GraphView of(Tensor result, @Nullable Map<Tensor, Tensor> gradients) {
    var order = inOrder(result);
    var index = new IdentityHashMap<Tensor, Integer>();
    var names = new HashMap<String, Integer>();
    var items = new ArrayList<Item>();
    int unnamed = 0;
    for (var tensor : order) {
      index.put(tensor, items.size());
      var name = tensor.name();
      var label = name;
      if (name == null) {
        label = "%" + ++unnamed;
      } else {
        int count = names.merge(name, 1, Integer::sum);
        label = count == 1 ? name : name + "#" + count;
      }
      items.add(item(tensor, label, gradients, index));
    }
    return new GraphView(items, gradients != null);
  }

  /// Each tensor once, operations in the order in which they ran, leaves before their first use.
  private static List<Tensor> inOrder(Tensor result) {
    Set<Tensor> seen = Collections.newSetFromMap(new IdentityHashMap<>());
    var computed = new ArrayList<Made>();
    var open = new ArrayDeque<Tensor>();
    open.add(result);
    while (!open.isEmpty()) {
      var tensor = open.pop();
      var node = tensor.node();
      if (node == null || !seen.add(tensor)) {
        continue;
      }
      computed.add(new Made(tensor, node));
      for (var input : node.inputs) {
        open.push(input);
      }
    }
    computed.sort(Comparator.comparingLong(m -> m.node.sequence));
    var order = new ArrayList<Tensor>();
    for (var made : computed) {
      for (var input : made.node.inputs) {
        if (input.node() == null && seen.add(input)) {
          order.add(input);
        }
      }
      order.add(made.tensor);
    }
    return order.isEmpty() ? List.of(result) : order;
  }

  private record Made(Tensor tensor, Node node) {}

  private static Item item(
      Tensor tensor,
      String label,
      @Nullable Map<Tensor, Tensor> gradients,
      Map<Tensor, Integer> index) {
    var shape = tensor.shape().toString();
    var value = describe(tensor);
    Reading gradient = null;
    if (gradients != null && tensor.requiresGrad()) {
      var g = gradients.get(tensor);
      gradient = g == null ? new Reading("none") : describe(g);
    }
    var node = tensor.node();
    if (node == null) {
      var kind = tensor.requiresGrad() ? Kind.PARAMETER : Kind.CONSTANT;
      var word = tensor.requiresGrad() ? "parameter" : "constant";
      return new Item(label, tensor.name(), kind, word, "", shape, value, gradient, List.of());
    }
    var call = Call.of(node);
    var inputs = new ArrayList<Integer>();
    for (var input : node.inputs) {
      inputs.add(index.getOrDefault(input, -1));
    }
    return new Item(
        label,
        tensor.name(),
        Kind.OPERATION,
        call.operation,
        call.options,
        shape,
        value,
        gradient,
        inputs);
  }

  /// An operation as people write it. Its options are those components of its record that are no
  /// tensors.
  private record Call(String operation, String options) {
    static Call of(Node node) {
      var backward = node.backward;
      if (backward == null || !backward.getClass().isRecord()) {
        return new Call(node.operation, "");
      }
      var options = new ArrayList<String>();
      for (var component : backward.getClass().getRecordComponents()) {
        var value = read(component, backward);
        if (value instanceof Unary f) {
          return of(f, node.operation);
        }
        var text = value == null ? "" : option(component.getName(), value);
        if (!text.isEmpty()) {
          options.add(text);
        }
      }
      return new Call(node.operation, String.join(", ", options));
    }

    /// A function of one number, by the name of the method that makes it.
    private static Call of(Unary f, String operation) {
      var alpha = number(f.alpha());
      var beta = number(f.beta());
      return switch (f.kind()) {
        case LINEAR -> {
          if (f.beta() == 0) {
            yield f.alpha() == -1 ? new Call("neg", "") : new Call("mul", alpha);
          }
          yield f.alpha() == 1
              ? new Call("add", beta)
              : new Call(operation, alpha + "·x + " + beta);
        }
        case POW -> new Call(operation, alpha);
        case CLAMP -> new Call(operation, alpha + ", " + beta);
        default -> new Call(operation, "");
      };
    }

    private static String option(String name, Object value) {
      return switch (value) {
        case Window window -> window(window);
        case Integer n when n == 1 && (name.equals("groups") || name.equals("step")) -> "";
        case Integer n -> name + " " + n;
        case Double x -> name + " " + number(x);
        case int[] n -> name + " " + java.util.Arrays.toString(n);
        default -> "";
      };
    }

    private static String window(Window w) {
      var text = new StringBuilder().append(w.height()).append('×').append(w.width());
      append(text, "stride", 1, w.strideH(), w.strideW());
      append(text, "pad", 0, w.padTop(), w.padLeft(), w.padBottom(), w.padRight());
      append(text, "dilation", 1, w.dilationH(), w.dilationW());
      return text.toString();
    }

    private static void append(StringBuilder text, String word, int usual, int... sizes) {
      boolean equal = true;
      for (int size : sizes) {
        equal &= size == sizes[0];
      }
      if (!equal) {
        text.append(' ').append(word);
        for (int i = 0; i < sizes.length; i++) {
          text.append(i == 0 ? ' ' : '/').append(sizes[i]);
        }
      } else if (sizes[0] != usual) {
        text.append(' ').append(word).append(' ').append(sizes[0]);
      }
    }

    /// `null` where the record is not ours to read: a user's, that is not public.
    private static @Nullable Object read(RecordComponent component, Object record) {
      try {
        return component.getAccessor().invoke(record);
      } catch (ReflectiveOperationException e) {
        return null;
      }
    }
  }

  /// Few numbers as they are, many by their range.
  private static Reading describe(Tensor t) {
    if (t.array().storage().isReleased()) {
      return new Reading("released");
    }
    long n = t.shape().elements();
    if (n == 0) {
      return new Reading("empty");
    }
    if (n > HUGE) {
      return new Reading("not read");
    }
    var values = t.toDoubles();
    if (n == 1) {
      return new Reading(number(values[0]), rounded(values[0], BRIEF_DIGITS));
    }
    var range = range(values);
    if (n > WHOLE) {
      return new Reading(range);
    }
    var whole = nested(values, t.shape().sizes());
    return new Reading(whole, whole.length() <= BRIEF_LENGTH ? whole : range);
  }

  private static String nested(double[] values, int... sizes) {
    var text = new StringBuilder();
    for (int i = 0; i < values.length; i++) {
      // Brackets open and close where an index of an outer axis changes.
      int block = 1;
      int begins = 0;
      int ends = 0;
      for (int axis = sizes.length - 1; axis >= 0; axis--) {
        block *= sizes[axis];
        begins += i % block == 0 ? 1 : 0;
        ends += (i + 1) % block == 0 ? 1 : 0;
      }
      text.append(i == 0 ? "" : ", ").append("[".repeat(begins));
      text.append(rounded(values[i], BRIEF_DIGITS)).append("]".repeat(ends));
    }
    return text.toString();
  }

  private static String range(double... values) {
    double least = values[0];
    double most = values[0];
    int undefined = 0;
    for (double v : values) {
      least = Math.min(least, v);
      most = Math.max(most, v);
      undefined += Double.isNaN(v) ? 1 : 0;
    }
    if (undefined > 0) {
      return undefined == values.length ? "all NaN" : undefined + " NaN of " + values.length;
    }
    return least == most
        ? "all " + rounded(least, 3)
        : rounded(least, 3) + " … " + rounded(most, 3);
  }

  /// Without trailing zeros; scientific where it is far from 1.
  private static String number(double v) {
    return rounded(v, DIGITS);
  }

  /// @param digits at least so many count; none before the point is rounded away
  private static String rounded(double v, int digits) {
    if (Double.isNaN(v)) {
      return "NaN";
    }
    if (Double.isInfinite(v)) {
      return v > 0 ? "∞" : "-∞";
    }
    if (v == 0) {
      return "0";
    }
    int exponent = (int) Math.floor(Math.log10(Math.abs(v)));
    boolean plain = exponent >= -4 && exponent < 7;
    var shown =
        new BigDecimal(v)
            .round(new MathContext(plain ? Math.max(digits, exponent + 1) : digits))
            .stripTrailingZeros();
    if (plain) {
      return shown.toPlainString();
    }
    exponent = shown.precision() - shown.scale() - 1;
    return shown.scaleByPowerOfTen(-exponent).toPlainString() + "e" + exponent;
  }
}
