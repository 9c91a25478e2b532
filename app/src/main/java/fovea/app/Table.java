package fovea.app;

import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/// Columns of text under a line of names.
final class Table {
  private static final String GAP = "  ";

  private final List<String> names;
  private final boolean[] right;
  private final List<List<String>> rows = new ArrayList<>();

  /// @param names of the columns; numbers stand to the right under one that starts with `>`
  Table(String... names) {
    this.names = List.of(names).stream().map(n -> n.startsWith(">") ? n.substring(1) : n).toList();
    right = new boolean[names.length];
    for (int i = 0; i < names.length; i++) {
      right[i] = names[i].startsWith(">");
    }
  }

  void row(String... cells) {
    if (cells.length != names.size()) {
      throw new IllegalArgumentException(cells.length + " cells for columns " + names);
    }
    rows.add(Arrays.stream(cells).map(Text::plain).toList());
  }

  /// @param indent what each line starts with
  void print(Console console, String indent) {
    var widths =
        IntStream.range(0, names.size())
            .map(
                i ->
                    rows.stream()
                        .mapToInt(row -> Text.width(row.get(i)))
                        .reduce(Text.width(names.get(i)), Math::max))
            .toArray();
    PrintWriter out = console.out();
    if (!String.join("", names).isEmpty()) {
      out.println(indent + console.strong(line(names, widths)));
    }
    rows.forEach(row -> out.println(indent + line(row, widths)));
  }

  private String line(List<String> cells, int[] widths) {
    var line = new StringBuilder();
    for (int i = 0; i < cells.size(); i++) {
      var fill = " ".repeat(widths[i] - Text.width(cells.get(i)));
      line.append(i == 0 ? "" : GAP);
      line.append(right[i] ? fill + cells.get(i) : cells.get(i) + fill);
    }
    return line.toString().stripTrailing();
  }
}
