package fovea.lab.parity;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;

/// All rows.
final class Rows {
  private Rows() {}

  static List<Row> all() {
    var rows = new ArrayList<Row>();
    rows.addAll(TensorRows.all());
    return rows;
  }

  /// What has no row, and why.
  static SequencedMap<String, String> notCompared() {
    return new LinkedHashMap<>();
  }
}
