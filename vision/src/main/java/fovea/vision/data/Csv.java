package fovea.vision.data;

import java.util.ArrayList;
import java.util.List;

/// Comma-separated values (RFC 4180), with a line of heads; commas may be semicolons or tabs,
/// whichever the heads have most of.
///
/// @param file what messages call it
record Csv(String file, List<String> heads, List<Row> rows) {
  /// The largest number of rows anybody labels images in.
  private static final int MAX_ROWS = 20_000_000;

  /// @param line where it begins, from 1
  record Row(int line, List<String> cells) {}

  /// @param text the whole file
  static Csv parse(String text, String file) {
    var firstLine = text.lines().findFirst().orElse("");
    char separator = ',';
    for (char other : new char[] {';', '\t'}) {
      if (count(firstLine, other) > count(firstLine, separator)) {
        separator = other;
      }
    }
    var rows = rows(text, separator, file);
    if (rows.isEmpty()) {
      throw new DataException(
          file + " is empty; it needs a line of heads and a line for each image");
    }
    var heads = rows.removeFirst().cells.stream().map(String::strip).toList();
    for (var row : rows) {
      if (row.cells.size() != heads.size()) {
        throw new DataException(
            "%s, line %d: it has %d columns and the heads have %d"
                .formatted(file, row.line, row.cells.size(), heads.size()));
      }
    }
    return new Csv(file, heads, List.copyOf(rows));
  }

  private static long count(String line, char c) {
    return line.chars().filter(x -> x == c).count();
  }

  private static List<Row> rows(String text, char separator, String file) {
    var rows = new ArrayList<Row>();
    var cells = new ArrayList<String>();
    var cell = new StringBuilder();
    int line = 1;
    int began = 1;
    boolean quoted = false;
    for (int i = 0; i <= text.length(); i++) {
      int c = i < text.length() ? text.charAt(i) : -1;
      if (quoted) {
        if (c < 0) {
          throw new DataException(
              "%s, line %d: a quotation mark is never closed".formatted(file, began));
        }
        if (c == '"' && i + 1 < text.length() && text.charAt(i + 1) == '"') {
          cell.append('"');
          i++;
        } else if (c == '"') {
          quoted = false;
        } else {
          line += c == '\n' ? 1 : 0;
          cell.append((char) c);
        }
      } else if (c == '"' && cell.isEmpty()) {
        quoted = true;
      } else if (c == separator) {
        cells.add(cell.toString());
        cell.setLength(0);
      } else if (c == '\n' || c < 0) {
        if (!cell.isEmpty() && cell.charAt(cell.length() - 1) == '\r') {
          cell.setLength(cell.length() - 1);
        }
        boolean blank = cells.isEmpty() && cell.toString().isBlank();
        if (!blank) {
          cells.add(cell.toString());
          rows.add(new Row(began, List.copyOf(cells)));
          if (rows.size() > MAX_ROWS) {
            throw new DataException("%s has more than %d lines".formatted(file, MAX_ROWS));
          }
        }
        cells.clear();
        cell.setLength(0);
        began = ++line;
      } else {
        cell.append((char) c);
      }
    }
    return rows;
  }
}
