package fovea.core.tensor;

import fovea.core.FoveaException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/// A graph as an SVG document. Sizes are estimated from the text, generously: which font the viewer
/// has is not known here.
final class GraphSvg {
  static final int MOST_NODES = 400;

  /// Wider than this, values flow from top to bottom.
  private static final double WIDEST = 1400;

  /// Graphs up to so many leaves show them all in the first column, as textbooks draw them.
  private static final int FEW_LEAVES = 6;

  private static final Set<String> COMMUTATIVE = Set.of("add", "mul", "maximum", "minimum");

  private static final double MARGIN = 24;
  private static final double PAD = 12;
  private static final double LEGEND = 46;
  private static final int WORD_GAP = 8;
  private static final double TITLE_SIZE = 14;
  private static final double SMALL_SIZE = 11;
  private static final double NUMBER_SIZE = 13;

  /// More than this side by side, and value and gradient stand one above the other.
  private static final double WIDEST_NUMBERS = 170;

  /// Every rule is limited to this picture: it may stand inside a page.
  private static final String STYLE =
      """
      .fovea-graph{font-family:system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif}
      .fovea-graph .mono{font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace}
      .fovea-graph .title{font-size:14px;font-weight:600}
      .fovea-graph .word{font-weight:400}
      .fovea-graph .small{font-size:11px}
      .fovea-graph .number{font-size:13px}
      .fovea-graph .legend{font-size:12px}
      .fovea-graph .edge{fill:none;stroke-width:1.5}
      .fovea-graph .node{stroke-width:1.25}
      .fovea-graph .constant{stroke-dasharray:4 3}
      .fovea-graph .result{stroke-width:2.25}
      .fovea-graph .paper{fill:#fff}
      .fovea-graph .title{fill:#17202c}
      .fovea-graph .word,.fovea-graph .small,.fovea-graph .legend{fill:#5d6a7b}
      .fovea-graph .value{fill:#0f59c7}
      .fovea-graph .gradient{fill:#b9480b}
      .fovea-graph .edge{stroke:#9aa8b9}
      .fovea-graph .arrow{fill:#7d8c9f}
      .fovea-graph .operation{fill:#fff;stroke:#b4c0ce}
      .fovea-graph .parameter{fill:#e9f1fb;stroke:#a9c4e6}
      .fovea-graph .constant{fill:#f4f5f7;stroke:#b9c1cb}
      .fovea-graph .result{stroke:#2b3747}
      @media (prefers-color-scheme:dark){
      .fovea-graph .paper{fill:#11151b}
      .fovea-graph .title{fill:#e9eef5}
      .fovea-graph .word,.fovea-graph .small,.fovea-graph .legend{fill:#98a6b8}
      .fovea-graph .value{fill:#80b6ff}
      .fovea-graph .gradient{fill:#ffa765}
      .fovea-graph .edge{stroke:#5a687c}
      .fovea-graph .arrow{fill:#7b8aa0}
      .fovea-graph .operation{fill:#1b222c;stroke:#46536a}
      .fovea-graph .parameter{fill:#172a42;stroke:#36587f}
      .fovea-graph .constant{fill:#1a1d23;stroke:#4a525e}
      .fovea-graph .result{stroke:#dfe6ef}
      }
      """;

  private final GraphView view;
  private final boolean stacked;
  private final StringBuilder out = new StringBuilder();

  private GraphSvg(GraphView view) {
    this.view = view;
    this.stacked = view.items().stream().anyMatch(i -> numbers(i) > WIDEST_NUMBERS);
  }

  static String of(GraphView view) {
    int n = view.items().size();
    if (n > MOST_NODES) {
      throw new FoveaException(
          "the graph has %s nodes, more than the %s that a picture can show; print toText(), or draw a part: the graph of an inner tensor, or of one step instead of many"
              .formatted(n, MOST_NODES));
    }
    return new GraphSvg(view).draw();
  }

  private String draw() {
    var boxes = view.items().stream().map(this::box).toList();
    boolean sideways = true;
    var placed = place(boxes, true);
    if (placed.along() > WIDEST) {
      sideways = false;
      placed = place(boxes, false);
    }
    double width = sideways ? placed.along() : placed.across();
    double height = sideways ? placed.across() : placed.along();
    double legend = legendWidth();
    double left = MARGIN + Math.max(0, (legend - width) / 2);
    begin(2 * MARGIN + Math.max(width, legend), 2 * MARGIN + height + LEGEND);
    for (var route : placed.routes()) {
      edge(route, sideways, left);
    }
    for (int i = 0; i < boxes.size(); i++) {
      var centre = placed.centres().get(i);
      double x = left + (sideways ? centre.along() : centre.across());
      double y = MARGIN + (sideways ? centre.across() : centre.along());
      double w = sideways ? placed.thickness().get(i) : boxes.get(i).width;
      node(view.items().get(i), i == boxes.size() - 1, new Box(w, boxes.get(i).height), x, y);
    }
    legend(MARGIN, MARGIN + height + LEGEND);
    return out.append("</svg>\n").toString();
  }

  private GraphLayout.Placed place(List<Box> boxes, boolean sideways) {
    long leaves = view.items().stream().filter(i -> i.inputs().isEmpty()).count();
    var vertices = new ArrayList<GraphLayout.Vertex>();
    for (int i = 0; i < boxes.size(); i++) {
      var item = view.items().get(i);
      var box = boxes.get(i);
      vertices.add(
          new GraphLayout.Vertex(
              sideways ? box.width : box.height,
              sideways ? box.height : box.width,
              sideways && leaves <= FEW_LEAVES && item.name() != null,
              COMMUTATIVE.contains(item.operation()),
              item.inputs()));
    }
    return GraphLayout.of(vertices, sideways ? 0.6 : 0.75, sideways);
  }

  private void begin(double width, double height) {
    out.append(
        """
        <svg xmlns="http://www.w3.org/2000/svg" class="fovea-graph" role="img" \
        width="%1$s" height="%2$s" viewBox="0 0 %1$s %2$s" style="max-width:100%%;height:auto">
        <title>%3$s</title>
        <style>
        %4$s</style>
        <rect class="paper" width="100%%" height="100%%" rx="10"/>
        """
            .formatted(
                px(Math.ceil(width)),
                px(Math.ceil(height)),
                escape("The computational graph of " + result()),
                STYLE));
  }

  // ---- nodes

  private record Box(double width, double height) {}

  private Box box(GraphView.Item item) {
    double w = width(head(item), TITLE_SIZE, false);
    for (var word : List.of(tail(item), item.options())) {
      w += word.isEmpty() ? 0 : WORD_GAP + width(word, TITLE_SIZE, false);
    }
    w = Math.max(w, width(item.shape(), SMALL_SIZE, true));
    w = Math.max(w, numbers(item));
    boolean twoLines = stacked && item.gradient() != null;
    return new Box(Math.max(84, Math.ceil(w + 2 * PAD)), twoLines ? 82 : 66);
  }

  private double numbers(GraphView.Item item) {
    double value = width(item.value().brief(), NUMBER_SIZE, true);
    if (item.gradient() == null) {
      return value;
    }
    double gradient = width("∇ " + item.gradient().brief(), NUMBER_SIZE, true);
    return stacked ? Math.max(value, gradient) : value + 16 + gradient;
  }

  /// What stands first and bold: the name, or for a tensor without one the operation.
  private static String head(GraphView.Item item) {
    return item.name() == null ? item.operation() : item.name();
  }

  private static String tail(GraphView.Item item) {
    boolean operation = item.kind() == GraphView.Kind.OPERATION;
    return item.name() == null || !operation ? "" : item.operation();
  }

  private void node(GraphView.Item item, boolean result, Box box, double x, double y) {
    double left = x - box.width / 2;
    double top = y - box.height / 2;
    boolean leaf = item.kind() != GraphView.Kind.OPERATION;
    var tip =
        "%s = %s  %s  value %s%s"
            .formatted(
                item.label(),
                item.expression(view.items()),
                item.shape(),
                item.value().text(),
                item.gradient() == null ? "" : "  gradient " + item.gradient().text());
    out.append("<g><title>").append(escape(tip)).append("</title>");
    out.append(
        "<rect class=\"node %s%s\" x=\"%s\" y=\"%s\" width=\"%s\" height=\"%s\" rx=\"%s\"/>"
            .formatted(
                item.kind().name().toLowerCase(Locale.ROOT),
                result && !leaf ? " result" : "",
                px(left),
                px(top),
                px(box.width),
                px(box.height),
                leaf ? 20 : 6));
    var head = escape(head(item));
    for (var word : List.of(tail(item), item.options())) {
      if (!word.isEmpty()) {
        head += "<tspan class=\"word\" dx=\"%s\">%s</tspan>".formatted(WORD_GAP, escape(word));
      }
    }
    text("title", left + PAD, top + 21, head);
    text("small mono", left + PAD, top + 37, escape(item.shape()));
    text("number mono value", left + PAD, top + 55, escape(typographic(item.value().brief())));
    if (item.gradient() != null) {
      var gradient = escape("∇ " + typographic(item.gradient().brief()));
      if (stacked) {
        text("number mono gradient", left + PAD, top + 71, gradient);
      } else {
        out.append(
            "<text class=\"number mono gradient\" text-anchor=\"end\" x=\"%s\" y=\"%s\">%s</text>"
                .formatted(px(left + box.width - PAD), px(top + 55), gradient));
      }
    }
    out.append("</g>\n");
  }

  private void text(String type, double x, double y, String content) {
    out.append(
        "<text class=\"%s\" x=\"%s\" y=\"%s\">%s</text>".formatted(type, px(x), px(y), content));
  }

  // ---- edges

  private void edge(GraphLayout.Route route, boolean sideways, double left) {
    var points = route.points();
    var path = new StringBuilder("M");
    var at = points.getFirst();
    path.append(pair(at.along(), at.across(), sideways, left));
    for (int i = 1; i < points.size(); i++) {
      var to = points.get(i);
      boolean last = i == points.size() - 1;
      if (i % 2 == 1) {
        if (to.along() != at.along()) {
          path.append('L').append(pair(to.along() - (last ? 6 : 0), to.across(), sideways, left));
        }
      } else {
        double middle = (at.along() + to.along()) / 2;
        path.append('C').append(pair(middle, at.across(), sideways, left));
        path.append(' ').append(pair(middle, to.across(), sideways, left));
        path.append(' ').append(pair(to.along(), to.across(), sideways, left));
      }
      at = to;
    }
    out.append("<path class=\"edge\" d=\"%s\"/>".formatted(path));
    out.append(
        "<path class=\"arrow\" d=\"M%sL%sL%sZ\"/>\n"
            .formatted(
                pair(at.along(), at.across(), sideways, left),
                pair(at.along() - 8, at.across() - 3.6, sideways, left),
                pair(at.along() - 8, at.across() + 3.6, sideways, left)));
  }

  private static String pair(double along, double across, boolean sideways, double left) {
    return sideways
        ? px(left + along) + " " + px(MARGIN + across)
        : px(left + across) + " " + px(MARGIN + along);
  }

  // ---- legend

  private record Entry(String type, String text, boolean box) {}

  private List<Entry> entries() {
    var entries = new ArrayList<Entry>();
    entries.add(new Entry("value", "value", false));
    if (view.hasGradients()) {
      entries.add(new Entry("gradient", "∇ gradient of " + result(), false));
    }
    for (var kind : GraphView.Kind.values()) {
      if (view.items().stream().anyMatch(i -> i.kind() == kind)) {
        var word = kind.name().toLowerCase(Locale.ROOT);
        entries.add(new Entry(word, word, true));
      }
    }
    return entries;
  }

  private double legendWidth() {
    double w = 0;
    for (var entry : entries()) {
      w += width(entry.text, 12, false) + (entry.box ? 46 : 38);
    }
    return w - 20;
  }

  private void legend(double x, double y) {
    double at = x;
    for (var entry : entries()) {
      double mark = entry.box ? 20 : 12;
      out.append(
          "<rect class=\"%s\" x=\"%s\" y=\"%s\" width=\"%s\" height=\"12\" rx=\"%s\"/>"
              .formatted(
                  entry.box ? "node " + entry.type : entry.type,
                  px(at),
                  px(y - 10),
                  px(mark),
                  entry.type.equals("operation") || !entry.box ? 3 : 6));
      text(entry.box ? "legend" : "legend " + entry.type, at + mark + 6, y, escape(entry.text));
      at += width(entry.text, 12, false) + mark + 26;
    }
    out.append('\n');
  }

  private String result() {
    var name = view.items().getLast().name();
    return name == null ? "the result" : name;
  }

  // ---- text

  /// An estimate of how wide a font that may be one of many sets a text.
  private static double width(String text, double size, boolean mono) {
    if (mono) {
      return text.codePoints().mapToDouble(c -> c > 0x2E80 ? 1.1 : 0.605).sum() * size;
    }
    return text.codePoints()
            .mapToDouble(
                c -> {
                  if (c > 0x2E80) {
                    return 1.1;
                  }
                  if ("iljtfrI.,:;'|!()[] ".indexOf(c) >= 0) {
                    return 0.4;
                  }
                  return "mwMW—".indexOf(c) >= 0 ? 1 : 0.68;
                })
            .sum()
        * size;
  }

  /// With true minus signs.
  private static String typographic(String number) {
    return number.matches("[a-z]+") ? number : number.replace('-', '−');
  }

  private static String px(double v) {
    var text = String.format(Locale.ROOT, "%.1f", v);
    return text.endsWith(".0") ? text.substring(0, text.length() - 2) : text;
  }

  /// As XML text; characters that XML cannot hold become replacement characters.
  private static String escape(String text) {
    var safe = new StringBuilder();
    text.codePoints()
        .forEach(
            c -> {
              switch (c) {
                case '<' -> safe.append("&lt;");
                case '>' -> safe.append("&gt;");
                case '&' -> safe.append("&amp;");
                case '"' -> safe.append("&quot;");
                default -> {
                  boolean printable =
                      c >= 0x20 && !(c >= 0xD800 && c <= 0xDFFF) && c != 0xFFFE && c != 0xFFFF;
                  safe.appendCodePoint(printable ? c : 0xFFFD);
                }
              }
            });
    return safe.toString();
  }
}
