package fovea.app;

import fovea.core.FoveaException;
import fovea.core.UnknownNameException;
import fovea.core.array.DType;
import fovea.core.tensor.Tensor;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.BinaryOperator;
import java.util.function.UnaryOperator;

/// Formulas as people type them, evaluated to a number in the computational graph.
///
/// ```
/// program   = statement { ";" statement } [ ";" ]         the last one is the result
/// statement = [ name "=" ] sum
/// sum       = product { ( "+" | "-" ) product }
/// product   = unary { ( "*" | "/" ) unary }
/// unary     = "-" unary | "+" unary | power
/// power     = atom [ "^" unary ]                          so −2^2 is −4 and 2^3^2 is 512
/// atom      = number | name | name "(" sum { "," sum } ")" | "(" sum ")"
/// ```
///
/// Variables are parameters, numbers constants; all are float64. Variables and what statements name
/// bear their names in pictures. Arithmetic is IEEE 754's: 1/0 is ∞.
final class Expression {
  private static final Map<String, UnaryOperator<Tensor>> OF_ONE = new TreeMap<>();
  private static final Map<String, BinaryOperator<Tensor>> OF_TWO = new TreeMap<>();

  static {
    OF_ONE.put("abs", Tensor::abs);
    OF_ONE.put("exp", Tensor::exp);
    OF_ONE.put("gelu", Tensor::gelu);
    OF_ONE.put("log", Tensor::log);
    OF_ONE.put("relu", Tensor::relu);
    OF_ONE.put("sigmoid", Tensor::sigmoid);
    OF_ONE.put("sqrt", Tensor::sqrt);
    OF_ONE.put("tanh", Tensor::tanh);
    OF_TWO.put("max", Tensor::maximum);
    OF_TWO.put("min", Tensor::minimum);
    OF_TWO.put("pow", Tensor::pow);
  }

  private static final int DEEPEST = 200;

  /// Of a longer expression only the part around the error is repeated.
  private static final int WIDEST = 76;

  private static final String OPERAND = "a number, a name or \"(\"";

  /// Code points, so that columns are what people count.
  private final int[] text;

  private int at;
  private int depth;
  private final Map<String, Double> unused;
  private final Map<String, Tensor> variables = new HashMap<>();
  private final Map<String, Tensor> computed = new HashMap<>();

  private Expression(String text, Map<String, Double> values) {
    this.text = text.codePoints().toArray();
    this.unused = new LinkedHashMap<>(values);
    values.forEach(
        (name, value) ->
            variables.put(name, Tensor.scalar(value, DType.F64).withGrad().named(name)));
  }

  /// The result of the last statement, with the graph behind it.
  ///
  /// @param values what each variable is
  /// @throws FoveaException showing where the text cannot be understood, and what would be
  static Tensor evaluate(String text, Map<String, Double> values) {
    return new Expression(text, values).program();
  }

  // ---- grammar

  private Tensor program() {
    if (atEnd()) {
      throw new FoveaException(
          "the expression is empty; write a formula, for example \"(x + y) * z\"");
    }
    Tensor result;
    do {
      result = statement();
    } while (accept(';') && !atEnd());
    if (!atEnd()) {
      throw unexpected();
    }
    if (!unused.isEmpty()) {
      throw new FoveaException(
          "%s has a value, but does not occur in the expression"
              .formatted(String.join(", ", unused.keySet())));
    }
    return result;
  }

  private Tensor statement() {
    skipSpace();
    int start = at;
    var name = name();
    if (name.isEmpty() || !accept('=')) {
      at = start;
      return sum();
    }
    if (variables.containsKey(name)) {
      throw error(start, "%s is computed here, so it cannot be given a value".formatted(name));
    }
    if (computed.containsKey(name)) {
      throw error(start, "%s has been computed before; use another name".formatted(name));
    }
    var result = sum();
    if (result.name() == null) {
      result.named(name);
    }
    computed.put(name, result);
    return result;
  }

  private Tensor sum() {
    var left = product();
    while (true) {
      if (accept('+')) {
        left = left.add(product());
      } else if (accept('-', '−')) {
        left = left.sub(product());
      } else {
        return left;
      }
    }
  }

  private Tensor product() {
    var left = unary();
    while (true) {
      if (accept('*', '·', '×')) {
        if (peek() == '*') {
          throw error(at - 1, "a power is written with \"^\", not \"**\"");
        }
        left = left.mul(unary());
      } else if (accept('/', '÷')) {
        left = left.div(unary());
      } else {
        return left;
      }
    }
  }

  private Tensor unary() {
    skipSpace();
    if (++depth > DEEPEST) {
      throw error(at, "nested more than " + DEEPEST + " deep");
    }
    Tensor result;
    if (accept('-', '−')) {
      result = unary().neg();
    } else if (accept('+')) {
      result = unary();
    } else {
      result = power();
    }
    depth--;
    return result;
  }

  private Tensor power() {
    var base = atom();
    return accept('^') ? base.pow(unary()) : base;
  }

  private Tensor atom() {
    skipSpace();
    int start = at;
    if (accept('(')) {
      var inner = sum();
      close(start);
      return inner;
    }
    var name = name();
    if (!name.isEmpty()) {
      int end = at;
      if (accept('(')) {
        return call(name, start, at - 1);
      }
      at = end;
      return variable(name, start);
    }
    return Tensor.scalar(number(), DType.F64);
  }

  private void close(int opened) {
    if (accept(')')) {
      return;
    }
    throw atEnd() ? error(opened, "this \"(\" is never closed") : unexpected();
  }

  private Tensor call(String name, int start, int opened) {
    var one = OF_ONE.get(name);
    var two = OF_TWO.get(name);
    if (one == null && two == null) {
      if (variables.containsKey(name) || computed.containsKey(name)) {
        throw error(opened, "a product is written %s * (…)".formatted(name));
      }
      var known = new ArrayList<>(OF_ONE.keySet());
      known.addAll(OF_TWO.keySet());
      var unknown = new UnknownNameException("function", name, known);
      throw error(start, String.valueOf(unknown.getMessage()));
    }
    var arguments = new ArrayList<Tensor>();
    if (!accept(')')) {
      do {
        arguments.add(sum());
      } while (accept(','));
      close(opened);
    }
    int wanted = one == null ? 2 : 1;
    if (arguments.size() != wanted) {
      throw error(
          start,
          "%s takes %s, not %d: %s"
              .formatted(
                  name,
                  wanted == 1 ? "one argument" : "two arguments",
                  arguments.size(),
                  form(name)));
    }
    if (one != null) {
      return one.apply(arguments.getFirst());
    }
    return two == null ? arguments.getFirst() : two.apply(arguments.get(0), arguments.get(1));
  }

  private static String form(String function) {
    return function + (OF_ONE.containsKey(function) ? "(x)" : "(x, y)");
  }

  private Tensor variable(String name, int start) {
    var value = computed.getOrDefault(name, variables.get(name));
    if (value != null) {
      unused.remove(name);
      return value;
    }
    if (OF_ONE.containsKey(name) || OF_TWO.containsKey(name)) {
      throw error(start, "%s is a function: %s".formatted(name, form(name)));
    }
    throw error(start, "%s has no value; give it one, for example %s=2".formatted(name, name));
  }

  // ---- words

  private boolean atEnd() {
    skipSpace();
    return at == text.length;
  }

  /// The next character that is no space; 0 at the end.
  private int peek() {
    skipSpace();
    return at < text.length ? text[at] : 0;
  }

  private void skipSpace() {
    while (at < text.length && (Character.isWhitespace(text[at]) || text[at] == 0xA0)) {
      at++;
    }
  }

  private boolean accept(int... any) {
    int next = peek();
    for (int c : any) {
      if (next == c && at < text.length) {
        at++;
        return true;
      }
    }
    return false;
  }

  /// A letter or `_`, then also digits; empty where there is none.
  private String name() {
    skipSpace();
    int start = at;
    if (at < text.length && isLetter(text[at])) {
      while (at < text.length && (isLetter(text[at]) || Character.isDigit(text[at]))) {
        at++;
      }
    }
    return slice(start, at);
  }

  private static boolean isLetter(int c) {
    return Character.isLetter(c) || c == '_';
  }

  private double number() {
    skipSpace();
    int start = at;
    int digits = digits();
    if (at < text.length && text[at] == '.') {
      at++;
      digits += digits();
    }
    if (digits == 0) {
      at = start;
      throw missing();
    }
    int mantissa = at;
    if (at < text.length && (text[at] == 'e' || text[at] == 'E')) {
      at++;
      if (at < text.length && (text[at] == '+' || text[at] == '-')) {
        at++;
      }
      if (digits() == 0) {
        at = mantissa; // A name begins here, which is for the caller to complain about.
      }
    }
    return Double.parseDouble(slice(start, at));
  }

  private int digits() {
    int start = at;
    while (at < text.length && text[at] >= '0' && text[at] <= '9') {
      at++;
    }
    return at - start;
  }

  private String slice(int start, int end) {
    return new String(text, start, end - start);
  }

  // ---- errors

  private FoveaException missing() {
    if (at == text.length) {
      return error(at, "expected " + OPERAND + ", but the expression ends here");
    }
    return error(at, "expected " + OPERAND + ", not " + quoted(text[at]));
  }

  /// What stands after a complete operand.
  private FoveaException unexpected() {
    int next = peek();
    if (next == ')') {
      return error(at, "this \")\" closes nothing");
    }
    if (next == '=') {
      return error(at, "only a name can stand before \"=\", as in \"q = x + y; q * z\"");
    }
    if (next == ',') {
      return error(at, "a \",\" separates the arguments of a function only");
    }
    if (next == '(' || isLetter(next) || Character.isDigit(next)) {
      return error(at, "expected an operator; a product is written with \"*\"");
    }
    return error(at, "expected an operator, one of + - * / ^, not " + quoted(next));
  }

  private static String quoted(int c) {
    return Character.isISOControl(c)
        ? "the character %04X".formatted(c)
        : "\"" + Character.toString(c) + "\"";
  }

  /// With the text repeated and a caret under the column.
  private FoveaException error(int column, String message) {
    int from = text.length <= WIDEST ? 0 : Math.max(0, column - WIDEST / 2);
    int to = text.length <= WIDEST ? text.length : Math.min(text.length, from + WIDEST);
    var shown = new StringBuilder(from > 0 ? "…" : "");
    for (int i = from; i < to; i++) {
      boolean line = Character.isISOControl(text[i]) || Character.isWhitespace(text[i]);
      shown.appendCodePoint(line ? ' ' : text[i]);
    }
    shown.append(to < text.length ? "…" : "");
    int indent = column - from + (from > 0 ? 1 : 0);
    return new FoveaException(
        String.join("\n", List.of(message, "  " + shown, "  " + " ".repeat(indent) + "^")));
  }
}
