package fovea.core.tensor;

import java.util.ArrayList;

/// A graph as a table: a line for each node.
final class GraphText {
  /// A longer cell pushes only its own line's others to the right.
  private static final int[] WIDEST = {64, 32, 32, 0};

  private static final String GAP = "   ";

  private GraphText() {}

  static String of(GraphView view) {
    var rows = new ArrayList<String[]>();
    for (var item : view.items()) {
      rows.add(
          new String[] {
            item.label() + " = " + item.expression(view.items()),
            item.shape(),
            "value " + item.value().text(),
            item.gradient() == null ? "" : "gradient " + item.gradient().text()
          });
    }
    var widths = new int[4];
    for (var row : rows) {
      for (int i = 0; i < row.length; i++) {
        if (row[i].length() <= WIDEST[i]) {
          widths[i] = Math.max(widths[i], row[i].length());
        }
      }
    }
    var text = new StringBuilder();
    for (var row : rows) {
      var line = new StringBuilder();
      for (int i = 0; i < row.length; i++) {
        line.append(row[i])
            .append(" ".repeat(Math.max(0, widths[i] - row[i].length())))
            .append(GAP);
      }
      text.append(line.toString().stripTrailing()).append('\n');
    }
    return text.toString();
  }
}
