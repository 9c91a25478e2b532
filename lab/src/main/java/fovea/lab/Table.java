package fovea.lab;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/// Rows as a Markdown table that also reads well as it is.
final class Table {
  private Table() {}

  static String of(List<Row> rows, List<Contestant> contestants) {
    var lines = new ArrayList<List<String>>();
    var header = new ArrayList<>(List.of("work", ""));
    contestants.forEach(c -> header.add(c == Contestant.FOVEA ? "Fovea, ms" : c.word()));
    header.addAll(List.of("peak MB", "best peer's", "heap B/step", "floor", "ratio"));
    lines.add(header);
    for (var row : rows) {
      lines.add(line(row, contestants));
    }
    return layOut(lines);
  }

  private static List<String> line(Row row, List<Contestant> contestants) {
    var line = new ArrayList<>(List.of(row.work.name(), row.precision.word()));
    for (var who : contestants) {
      line.add(row.best(who).map(r -> r.times() + " " + r.configuration()).orElse("–"));
    }
    var fovea = row.best(Contestant.FOVEA);
    line.add(fovea.map(Row.Result::peakMegabytes).map("%,d"::formatted).orElse("–"));
    line.add(
        contestants.stream()
            .filter(c -> c != Contestant.FOVEA)
            .flatMap(c -> row.best(c).stream())
            .min(Comparator.comparingDouble(r -> r.times().median()))
            .map(Row.Result::peakMegabytes)
            .map("%,d"::formatted)
            .orElse("–"));
    line.add(fovea.map(Row.Result::heapBytes).map("%,d"::formatted).orElse("–"));
    line.add(row.floorSum().map(Spread::figure).orElse("–"));
    line.add(row.ratio().map("%.2f"::formatted).orElse("–"));
    return line;
  }

  private static String layOut(List<List<String>> lines) {
    int columns = lines.getFirst().size();
    var widths = new int[columns];
    for (var line : lines) {
      for (int i = 0; i < columns; i++) {
        widths[i] = Math.max(widths[i], line.get(i).length());
      }
    }
    var out = new StringBuilder();
    for (int l = 0; l < lines.size(); l++) {
      out.append(cells(lines.get(l), widths, " "));
      if (l == 0) {
        out.append(cells(lines.get(l).stream().map(_ -> "").toList(), widths, "-"));
      }
    }
    return out.toString();
  }

  private static String cells(List<String> cells, int[] widths, String fill) {
    var out = new StringBuilder("|");
    for (int i = 0; i < cells.size(); i++) {
      out.append(fill)
          .append(cells.get(i))
          .append(fill.repeat(widths[i] - cells.get(i).length()))
          .append(fill)
          .append('|');
    }
    return out.append('\n').toString();
  }
}
