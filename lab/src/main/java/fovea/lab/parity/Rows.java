package fovea.lab.parity;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;
import java.util.Set;
import java.util.stream.Stream;

/// All rows.
final class Rows {
  /// Methods that take and give tensors, but compute nothing.
  static final Set<String> WITHOUT_ARITHMETIC =
      Set.of("Tensor.detach", "Tensor.keep", "Tensor.named", "Tensor.withGrad", "Graph.record");

  private Rows() {}

  static List<Row> all() {
    return Stream.of(
            TensorRows.all(),
            SpatialRows.all(),
            VolumeRows.all(),
            LayerRows.all(),
            ActivationRows.all(),
            NormRows.all(),
            SequenceRows.all(),
            NormFirstRows.all(),
            CellRows.all(),
            CapsuleRows.all(),
            LossRows.all(),
            OptimizerRows.all(),
            InitRows.all())
        .flatMap(List::stream)
        .toList();
  }

  /// What has no row, and why.
  static SequencedMap<String, String> notCompared() {
    return new LinkedHashMap<>();
  }
}
