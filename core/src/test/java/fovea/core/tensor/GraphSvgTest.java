package fovea.core.tensor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import fovea.core.FoveaException;
import fovea.core.array.Rng;
import fovea.core.array.Shape;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

class GraphSvgTest {
  /// The texts of one class of the picture, in the order of drawing.
  private static List<String> texts(String svg, String type) {
    var found = new ArrayList<String>();
    var pattern = Pattern.compile("<text class=\"number mono " + type + "\"[^>]*>([^<]*)</text>");
    var matcher = pattern.matcher(svg);
    while (matcher.find()) {
      found.add(matcher.group(1));
    }
    return found;
  }

  /// Every element is closed, in order.
  private static void assertWellFormed(String svg) {
    var open = new ArrayList<String>();
    var matcher =
        Pattern.compile("<(/?)([a-z]+)[^<>]*?(/?)>|([<>&](?!lt;|gt;|amp;|quot;))").matcher(svg);
    while (matcher.find()) {
      if (matcher.group(4) != null) {
        throw new AssertionError("stray " + svg.substring(matcher.start()));
      }
      if (matcher.group(1).equals("/")) {
        assertEquals(open.removeLast(), matcher.group(2));
      } else if (!matcher.group(3).equals("/")) {
        open.add(matcher.group(2));
      }
    }
    assertEquals(List.of(), open);
  }

  @Test
  void theWorkedExampleHasItsFigures() {
    var svg = Graph.of(GraphTextTest.worked()).withGradients().toSvg();
    assertWellFormed(svg);
    assertEquals(List.of("−2", "5", "3", "−4", "−12"), texts(svg, "value"));
    assertEquals(List.of("∇ −4", "∇ −4", "∇ −4", "∇ 3", "∇ 1"), texts(svg, "gradient"));
    assertTrue(svg.contains("<title>f = mul(q, z)  []  value -12  gradient 1</title>"));
    assertTrue(svg.contains("gradient of f"));
    assertTrue(svg.contains("prefers-color-scheme:dark"));
    assertFalse(svg.contains("url("), "nothing is fetched");
  }

  @Test
  void withoutGradientsThereAreNone() {
    var svg = Graph.of(GraphTextTest.worked()).toSvg();
    assertEquals(List.of(), texts(svg, "gradient"));
    assertFalse(svg.contains("gradient of"));
  }

  @Test
  void namesCannotBreakIt() {
    var svg = Graph.of(GraphTextTest.number("<a href=\"x\">&\0\uD800", 1)).toSvg();
    assertWellFormed(svg);
    assertTrue(svg.contains("&lt;a href=&quot;x&quot;&gt;&amp;\uFFFD\uFFFD"));
  }

  @Test
  void aNetworkOfFortyNodesIsTallerThanWide() {
    var rng = Rng.of(1);
    var x = Tensor.ones(2, 8);
    for (int i = 0; i < 10; i++) {
      var w = parameter(rng, "layer" + i + ".weight", 8, 8);
      x = x.linear(w, parameter(rng, "layer" + i + ".bias", 8)).relu();
    }
    var svg = Graph.of(x.mean().named("loss")).withGradients().toSvg();
    assertWellFormed(svg);
    var size = Pattern.compile("width=\"(\\d+)\" height=\"(\\d+)\"").matcher(svg);
    assertTrue(size.find());
    int width = Integer.parseInt(size.group(1));
    assertTrue(width < 1000, "width " + width);
    assertTrue(Integer.parseInt(size.group(2)) > width);
  }

  private static Tensor parameter(Rng rng, String name, int... shape) {
    var f32 = fovea.core.array.DType.F32;
    return Tensor.normal(rng.split(name), 0, 0.5, Shape.of(shape), f32).withGrad().named(name);
  }

  @Test
  void aGraphTooLargeToSeeIsRefused() {
    var x = GraphTextTest.number("x", 0);
    for (int i = 1; i < GraphSvg.MOST_NODES; i++) {
      x = x.add(1);
    }
    assertWellFormed(Graph.of(x).toSvg());
    var larger = Graph.of(x.add(1));
    var e = assertThrows(FoveaException.class, larger::toSvg);
    assertTrue(e.getMessage().startsWith("the graph has 401 nodes, more than the 400"));
    assertTrue(e.getMessage().contains("toText()"));
  }
}
