package fovea.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import fovea.core.FoveaException;
import fovea.core.tensor.Graph;
import java.util.Locale;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ExpressionTest {
  private static final Map<String, Double> NONE = Map.of();

  private static double value(String text) {
    return Expression.evaluate(text, NONE).itemAsDouble();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "1 + 2 * 3         | 7",
        "(1 + 2) * 3       | 9",
        "7 - 2 - 1         | 4",
        "12 / 2 / 3        | 2",
        "2 ^ 3 ^ 2         | 512",
        "-2 ^ 2            | -4",
        "2 ^ -1            | 0.5",
        "--3               | 3",
        "+3 - -1           | 4",
        "2 * -3            | -6",
        ".5 + 1e-1 + 2.E0  | 2.6",
        "3 · 4 × 2 ÷ 8 − 1 | 2",
        "exp(0)            | 1",
        "log(1)            | 0",
        "sqrt(9)           | 3",
        "abs(-2)           | 2",
        "tanh(0)           | 0",
        "sigmoid(0)        | 0.5",
        "relu(-1)          | 0",
        "gelu(0)           | 0",
        "max(2, 3)         | 3",
        "min(2, 3)         | 2",
        "pow(2, 10)        | 1024",
        "max(1, min(5, 3)) | 3",
        "1 / 0             | Infinity",
        "0 / 0             | NaN",
        "a = 2; b = a * 3; b + a; | 8"
      })
  void evaluates(String text, double expected) {
    assertEquals(expected, value(text), 1e-15);
  }

  @Test
  void theWorkedExample() {
    var f = Expression.evaluate("q = x + y; f = q * z", Map.of("x", -2.0, "y", 5.0, "z", -4.0));
    assertEquals(
        """
        x = parameter   []   value -2    gradient -4
        y = parameter   []   value 5     gradient -4
        q = add(x, y)   []   value 3     gradient -4
        z = parameter   []   value -4    gradient 3
        f = mul(q, z)   []   value -12   gradient 1
        """,
        Graph.of(f).withGradients().toText());
  }

  @Test
  void aVariableUsedTwiceIsOneNode() {
    var f = Expression.evaluate("x * x + x", Map.of("x", 3.0));
    assertEquals(
        """
        x = parameter     []   value 3    gradient 7
        %1 = mul(x, x)    []   value 9    gradient 1
        %2 = add(%1, x)   []   value 12   gradient 1
        """,
        Graph.of(f).withGradients().toText());
  }

  @Test
  void anotherNameForAVariableDoesNotRenameIt() {
    var f = Expression.evaluate("a = x; a * 2", Map.of("x", 3.0));
    assertTrue(Graph.of(f).toText().startsWith("x = parameter"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '\0',
      value = {
        "(x + y        |  1 | this \"(\" is never closed",
        "x + y)        |  6 | this \")\" closes nothing",
        "x +           |  4 | expected a number, a name or \"(\", but the expression ends here",
        "x + * y       |  5 | expected a number, a name or \"(\", not \"*\"",
        "2x            |  2 | expected an operator; a product is written with \"*\"",
        "x(y + 1)      |  2 | a product is written x * (…)",
        "x y           |  3 | expected an operator; a product is written with \"*\"",
        "x ** 2        |  3 | a power is written with \"^\", not \"**\"",
        "x ? 2         |  3 | expected an operator, one of + - * / ^, not \"?\"",
        "x, y          |  2 | a \",\" separates the arguments of a function only",
        "x + 1 = y     |  7 | only a name can stand before \"=\", as in \"q = x + y; q * z\"",
        "x + w         |  5 | w has no value; give it one, for example w=2",
        "x = 3         |  1 | x is computed here, so it cannot be given a value",
        "a = 1; a = 2  |  8 | a has been computed before; use another name",
        "sigmod(x)     |  1 | no function is called \"sigmod\"; did you mean sigmoid?",
        "exp + x       |  1 | exp is a function: exp(x)",
        "max(x)        |  1 | max takes two arguments, not 1: max(x, y)",
        "exp(x, y)     |  1 | exp takes one argument, not 2: exp(x)",
        "exp()         |  1 | exp takes one argument, not 0: exp(x)",
        "max(x, y      |  4 | this \"(\" is never closed",
        "()            |  2 | expected a number, a name or \"(\", not \")\"",
        "1..2          |  3 | expected an operator, one of + - * / ^, not \".\"",
        "; x           |  1 | expected a number, a name or \"(\", not \";\""
      })
  void errorsPointAtTheirColumn(String text, int column, String message) {
    var e =
        assertThrows(
            FoveaException.class, () -> Expression.evaluate(text, Map.of("x", 1.0, "y", 2.0)));
    assertEquals(message + "\n  " + text + "\n" + " ".repeat(column + 1) + "^", e.getMessage());
  }

  @Test
  void nothingIsNoExpression() {
    assertTrue(message("  ", NONE).startsWith("the expression is empty"));
  }

  @Test
  void aValueForNothingIsAnError() {
    assertEquals(
        "z has a value, but does not occur in the expression",
        message("x + 1", Map.of("x", 1.0, "z", 2.0)));
  }

  @Test
  void deepNestingIsAnErrorNotACrash() {
    assertTrue(message("(".repeat(100_000), NONE).startsWith("nested more than 200 deep"));
    assertTrue(message("-".repeat(100_000) + "1", NONE).startsWith("nested more than 200 deep"));
    assertTrue(message("2^".repeat(100_000) + "1", NONE).startsWith("nested more than 200 deep"));
    assertEquals(1, value("(".repeat(150) + "1" + ")".repeat(150)));
  }

  @Test
  void aLongExpressionIsShownInPart() {
    var lines = message("1 + ".repeat(100) + "? + 1" + " + 1".repeat(100), NONE).lines().toList();
    assertTrue(lines.get(1).length() < 90);
    assertEquals('?', lines.get(1).charAt(lines.get(2).indexOf('^')));
  }

  @Test
  void columnsAreWhatPeopleCount() {
    var lines = message("𝛼 + β + ?", Map.of("𝛼", 1.0, "β", 1.0)).lines().toList();
    assertEquals(2 + 8, lines.get(2).indexOf('^'));
  }

  @Test
  void figuresDoNotDependOnTheLanguage() {
    var before = Locale.getDefault();
    try {
      Locale.setDefault(Locale.GERMANY);
      assertEquals(1.5, value("1.5"));
      assertTrue(Graph.of(Expression.evaluate("1.5", NONE)).toText().endsWith("value 1.5\n"));
    } finally {
      Locale.setDefault(before);
    }
  }

  private static String message(String text, Map<String, Double> values) {
    return assertThrows(FoveaException.class, () -> Expression.evaluate(text, values)).getMessage();
  }
}
