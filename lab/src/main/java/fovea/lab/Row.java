package fovea.lab;

import fovea.lab.peer.Configuration;
import fovea.lab.work.Precision;
import fovea.lab.work.Work;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// What was measured of one work in one precision.
final class Row {
  final Work work;
  final Precision precision;
  final List<Result> results = new ArrayList<>();
  final List<Floor> floor = new ArrayList<>();
  final List<String> notes = new ArrayList<>();

  Row(Work work, Precision precision) {
    this.work = work;
    this.precision = precision;
  }

  /// Of one contestant in one configuration.
  ///
  /// @param times of the rounds; of the heat, where it lost that
  /// @param inFinal whether it took part in all rounds
  /// @param peakMegabytes `null` where the system does not tell
  /// @param heapBytes allocated on the Java heap in a step; `null` for Python
  record Result(
      Contestant who,
      Configuration configuration,
      Spread times,
      boolean inFinal,
      @Nullable Long peakMegabytes,
      @Nullable Long heapBytes) {}

  /// One kernel of the floor.
  record Floor(int count, double milliseconds, String kernel, String implementation) {
    double total() {
      return count * milliseconds;
    }
  }

  String title() {
    return work.name() + " " + precision.word();
  }

  /// The fastest configuration of a contestant.
  Optional<Result> best(Contestant who) {
    return results.stream()
        .filter(r -> r.who() == who && r.inFinal())
        .min(Comparator.comparingDouble(r -> r.times().median()));
  }

  /// The fastest peer's time divided by Fovea's.
  Optional<Double> ratio() {
    var fovea = best(Contestant.FOVEA);
    var peer =
        Contestant.peers().stream()
            .flatMap(p -> best(p).stream())
            .mapToDouble(r -> r.times().median())
            .min();
    return fovea.isPresent() && peer.isPresent()
        ? Optional.of(peer.getAsDouble() / fovea.get().times().median())
        : Optional.empty();
  }

  /// In milliseconds.
  Optional<Double> floorSum() {
    return floor.isEmpty()
        ? Optional.empty()
        : Optional.of(floor.stream().mapToDouble(Floor::total).sum());
  }

  /// For JSON; what is unknown is `null`.
  Map<String, @Nullable Object> json(Map<String, Object> circumstances) {
    var map = new LinkedHashMap<String, @Nullable Object>();
    map.put("work", work.name());
    map.put("precision", precision.word());
    var fovea = best(Contestant.FOVEA);
    map.put("fovea_ms", fovea.map(r -> rounded(r.times().median())).orElse(null));
    var peers = new LinkedHashMap<String, Object>();
    var configurations = new LinkedHashMap<String, Object>();
    for (var who : Contestant.values()) {
      best(who)
          .filter(_ -> who != Contestant.FOVEA)
          .ifPresent(r -> peers.put(who.word(), rounded(r.times().median())));
      var all = new LinkedHashMap<String, Object>();
      results.stream()
          .filter(r -> r.who() == who)
          .forEach(r -> all.put(r.configuration().toString(), json(r)));
      if (!all.isEmpty()) {
        configurations.put(who.word(), all);
      }
    }
    map.put("peers", peers);
    map.put("ratio", ratio().map(Row::rounded).orElse(null));
    map.put("floor_ms", floorSum().map(Row::rounded).orElse(null));
    map.put("peak_mb", fovea.map(Result::peakMegabytes).orElse(null));
    map.put("heap_bytes", fovea.map(Result::heapBytes).orElse(null));
    map.put("configurations", configurations);
    map.put("floor", floor);
    map.put("notes", notes);
    map.putAll(circumstances);
    return map;
  }

  private static Map<String, @Nullable Object> json(Result r) {
    var map = new LinkedHashMap<String, @Nullable Object>();
    map.put("ms", rounded(r.times().median()));
    map.put("min_ms", rounded(r.times().min()));
    map.put("max_ms", rounded(r.times().max()));
    map.put("final", r.inFinal());
    map.put("peak_mb", r.peakMegabytes());
    map.put("heap_bytes", r.heapBytes());
    return map;
  }

  private static double rounded(double value) {
    return Double.parseDouble(String.format(java.util.Locale.ROOT, "%.5g", value));
  }
}
