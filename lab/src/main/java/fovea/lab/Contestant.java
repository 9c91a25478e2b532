package fovea.lab;

import fovea.lab.peer.Configuration;
import fovea.lab.work.Precision;
import fovea.lab.work.Work;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/// Who takes part, as the driver knows them.
enum Contestant {
  FOVEA,
  LIBTORCH,
  ONNXRUNTIME,
  DJL,
  TORCH;

  /// `libtorch`.
  String word() {
    return name().toLowerCase(Locale.ROOT);
  }

  static Contestant of(String word) {
    return Arrays.stream(values())
        .filter(c -> c.word().equals(word))
        .findFirst()
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "there is no peer \"%s\"; there are %s"
                        .formatted(
                            word,
                            String.join(", ", peers().stream().map(Contestant::word).toList()))));
  }

  /// All but Fovea.
  static List<Contestant> peers() {
    return List.of(LIBTORCH, ONNXRUNTIME, DJL, TORCH);
  }

  /// Whether it runs in Python, not in Java.
  boolean isPython() {
    return this == TORCH;
  }

  /// Whether it reads an ONNX model, which must be written first.
  boolean readsModel(Work work, Precision precision) {
    return this == ONNXRUNTIME && work.task() != Work.Task.TRAIN && precision == Precision.F32;
  }

  /// The ways in which it is tried on a work; the fastest counts.
  List<Configuration> configurations(Work work, Precision precision, List<Integer> threads) {
    var result = new ArrayList<Configuration>();
    switch (this) {
      // As users run it: on all cores.
      case FOVEA -> {
        result.add(new Configuration(threads.getLast(), "eager"));
        if (work.network() != null) {
          result.add(new Configuration(threads.getLast(), "captured"));
        }
      }
      case ONNXRUNTIME, DJL -> threads.forEach(t -> result.add(new Configuration(t, "")));
      case LIBTORCH, TORCH -> {
        for (int t : threads) {
          if (work.network() == null) {
            result.add(new Configuration(t, ""));
          } else {
            result.add(new Configuration(t, Configuration.NCHW));
            result.add(new Configuration(t, Configuration.NHWC));
          }
        }
      }
    }
    return result;
  }
}
