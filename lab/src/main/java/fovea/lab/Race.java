package fovea.lab;

import fovea.lab.peer.Configuration;
import fovea.lab.peer.Unavailable;
import fovea.lab.work.Precision;
import fovea.lab.work.Work;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// Measures a work: a heat for each contestant in each configuration, then rounds in which the best
/// of each take turns.
///
/// Each configuration has a process of its own, started for this work only: its peak memory is that
/// of this work, settings that a library reads once at its start can differ, and no other work has
/// shaped what the compiler knows. Those who lose a heat by far are sent home, so that memory holds
/// all who are left; those within [#NEAR] of their best stay, since one burst on a busy machine may
/// mislead. While one works, the others wait for input; the driver checks that they do.
final class Race {
  private static final double NEAR = 1.15;
  private static final int FINALISTS = 2;
  private static final long WARM_UP_MILLISECONDS = 5_000;
  private static final int WARM_UP_STEPS = 8;

  /// The share of one core that a waiting contestant may use before the table says so.
  private static final double IDLE_LIMIT = 0.03;

  private static final double FLOOR_SECONDS = 20;
  private static final double START_SECONDS = 4;
  private static final int FLOOR_MILLISECONDS = 60;

  private final Options options;
  private final Surroundings surroundings;
  private final Progress progress;
  private final Set<String> versions = new LinkedHashSet<>();

  /// @param contestants in the order of the table
  /// @param threads numbers of threads that peers are tried with, ascending; Fovea takes the last
  record Options(
      List<Contestant> contestants,
      List<Integer> threads,
      int rounds,
      double seconds,
      boolean withFloor,
      boolean withoutFovea) {}

  Race(Options options, Surroundings surroundings, Progress progress) {
    this.options = options;
    this.surroundings = surroundings;
    this.progress = progress;
  }

  /// What took part, with versions.
  Set<String> versions() {
    return versions;
  }

  /// A configuration at work.
  private static final class Runner {
    final Contestant who;
    final Configuration configuration;
    final Child child;
    final List<Double> rounds = new ArrayList<>();
    double heat;
    double idleSeconds;

    Runner(Contestant who, Configuration configuration, Child child) {
      this.who = who;
      this.configuration = configuration;
      this.child = child;
    }
  }

  // ---- how long it will take

  double plannedSeconds(Work work, Precision precision) {
    double sum = options.withFloor ? FLOOR_SECONDS : 0;
    for (var who : options.contestants) {
      sum += heatsSeconds(who, work, precision) + options.rounds * options.seconds;
    }
    return sum;
  }

  private double heatsSeconds(Contestant who, Work work, Precision precision) {
    return heatSeconds() * who.configurations(work, precision, options.threads).size();
  }

  private double heatSeconds() {
    return START_SECONDS + WARM_UP_MILLISECONDS * 1e-3 + options.seconds;
  }

  // ---- the race

  Row run(Work work, Precision precision) throws InterruptedException {
    var row = new Row(work, precision);
    var runners = new ArrayList<Runner>();
    try {
      for (var who : options.contestants) {
        if (who != Contestant.FOVEA && runners.isEmpty() && !options.withoutFovea) {
          row.notes.add("not measured, since Fovea cannot do it");
          progress.done(
              plannedSeconds(work, precision) - heatsSeconds(Contestant.FOVEA, work, precision));
          return row;
        }
        heats(row, who, runners);
      }
      if (options.withFloor) {
        floor(row);
      }
      rounds(row, runners);
      for (var runner : List.copyOf(runners)) {
        retire(row, runner, true);
        runners.remove(runner);
      }
    } finally {
      runners.forEach(r -> r.child.close());
    }
    return row;
  }

  private void heats(Row row, Contestant who, List<Runner> runners) throws InterruptedException {
    var weights = new LinkedHashSet<String>();
    if (who.readsModel(row.work, row.precision) && !writeModel(row)) {
      progress.done(heatsSeconds(who, row.work, row.precision));
      return;
    }
    for (var configuration : who.configurations(row.work, row.precision, options.threads)) {
      progress.at("%s: %s %s".formatted(row.title(), who.word(), configuration));
      try {
        var runner = start(row, who, configuration, weights);
        runners.add(runner);
        knockOut(row, who, runners);
      } catch (Unavailable e) {
        // Says so once, not for every configuration.
        var note = who.word() + ": " + e.getMessage();
        if (!row.notes.contains(note)) {
          row.notes.add(note);
        }
      } catch (IOException e) {
        row.notes.add("%s %s: %s".formatted(who.word(), configuration, e.getMessage()));
      }
      progress.done(heatSeconds());
    }
    if (row.work.network() != null
        && !weights.isEmpty()
        && !weights.equals(Set.of(Long.toString(row.work.net().weights())))) {
      row.notes.add(
          "%s: its network has %s weights, expected %d"
              .formatted(who.word(), String.join("/", weights), row.work.net().weights()));
    }
  }

  /// Starts a contestant, lets it warm up and run one burst.
  private Runner start(Row row, Contestant who, Configuration configuration, Set<String> weights)
      throws IOException, InterruptedException {
    var name =
        "%s-%s-%s-%s".formatted(row.work.name(), row.precision.word(), who.word(), configuration);
    int threads = configuration.threads();
    var command =
        who.isPython()
            ? surroundings.python()
            : surroundings.java(
                List.of(
                    "-Dfovea.threads=" + threads,
                    "-Dai.djl.pytorch.num_threads=" + threads,
                    "-Dai.djl.pytorch.num_interop_threads=1"),
                "fovea.lab.peer.PeerMain",
                who.word());
    // Fovea takes its number from the property, and sets the rest of OpenMP as it needs it.
    var environment =
        who == Contestant.FOVEA
            ? Map.<String, String>of()
            : Map.of("OMP_NUM_THREADS", Integer.toString(threads));
    var child = new Child(name, command, environment, surroundings.logs().resolve(name + ".log"));
    try {
      weights.add(
          ask(
              child,
              "prepare %s %s %s".formatted(row.work.name(), row.precision.word(), configuration),
              "ready"));
      versions.add(ask(child, "version", "version"));
      var runner = new Runner(who, configuration, child);
      warmUp(child);
      runner.heat = burst(child);
      return runner;
    } catch (IOException | InterruptedException | RuntimeException e) {
      child.close();
      throw e;
    }
  }

  private static void warmUp(Child child) throws IOException, InterruptedException {
    long began = System.nanoTime();
    int steps = 0;
    long passed = 0;
    while (passed < WARM_UP_MILLISECONDS || steps < WARM_UP_STEPS) {
      long left = Math.max(1, WARM_UP_MILLISECONDS - passed);
      steps += ask(child, "run " + left, "times").split(" ", -1).length;
      passed = (System.nanoTime() - began) / 1_000_000;
    }
  }

  /// The median of the steps of one burst.
  private double burst(Child child) throws IOException, InterruptedException {
    var times = ask(child, "run " + Math.round(options.seconds * 1000), "times");
    return Spread.of(Arrays.stream(times.split(" ", -1)).mapToDouble(Double::parseDouble).toArray())
        .median();
  }

  private static String ask(Child child, String request, String expected)
      throws IOException, InterruptedException {
    var answer = child.ask(request).split(" ", 2);
    var rest = answer.length > 1 ? answer[1] : "";
    if (answer[0].equals(expected)) {
      return rest;
    }
    if (answer[0].equals("unavailable")) {
      throw new Unavailable(rest);
    }
    throw new IOException(rest);
  }

  /// Sends home whoever is far behind the best of the same contestant.
  private static void knockOut(Row row, Contestant who, List<Runner> runners) {
    var mine =
        runners.stream()
            .filter(r -> r.who == who)
            .sorted(Comparator.comparingDouble(r -> r.heat))
            .toList();
    for (int i = 0; i < mine.size(); i++) {
      var runner = mine.get(i);
      if (i >= FINALISTS || runner.heat > NEAR * mine.getFirst().heat) {
        runners.remove(runner);
        retire(row, runner, false);
      }
    }
  }

  private void rounds(Row row, List<Runner> runners) throws InterruptedException {
    double busySeconds = 0;
    for (int round = 0; round < options.rounds; round++) {
      progress.at("%s: round %d of %d".formatted(row.title(), round + 1, options.rounds));
      for (var runner : List.copyOf(runners)) {
        var before = runners.stream().mapToDouble(r -> r.child.processorSeconds()).toArray();
        long began = System.nanoTime();
        try {
          runner.rounds.add(burst(runner.child));
        } catch (IOException e) {
          row.notes.add(
              "%s %s: %s".formatted(runner.who.word(), runner.configuration, e.getMessage()));
          runners.remove(runner);
          runner.child.close();
          continue;
        }
        busySeconds += (System.nanoTime() - began) * 1e-9;
        for (int i = 0; i < before.length; i++) {
          var other = runners.get(i);
          if (other != runner) {
            other.idleSeconds += Math.max(0, other.child.processorSeconds() - before[i]);
          }
        }
      }
      progress.done(options.contestants.size() * options.seconds);
    }
    for (var runner : runners) {
      double share = runner.idleSeconds / busySeconds;
      if (share > IDLE_LIMIT) {
        row.notes.add(
            "%s %s used %.0f %% of a core while the others worked"
                .formatted(runner.who.word(), runner.configuration, 100 * share));
      }
    }
  }

  /// Notes what a runner achieved and ends it.
  private static void retire(Row row, Runner runner, boolean inFinal) {
    Long peak = null;
    Long heap = null;
    try (var child = runner.child) {
      var memory = ask(child, "memory", "memory").split(" ", -1);
      peak = number(memory[0]);
      heap = number(memory[1]);
    } catch (IOException e) {
      // Its times are known; only its memory is not.
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    var times =
        inFinal
            ? Spread.of(runner.rounds.stream().mapToDouble(d -> d).toArray())
            : Spread.of(runner.heat);
    row.results.add(new Row.Result(runner.who, runner.configuration, times, inFinal, peak, heap));
  }

  private static @Nullable Long number(String word) {
    return word.equals("-") ? null : Long.valueOf(word);
  }

  // ---- the floor

  private void floor(Row row) throws InterruptedException {
    progress.at(row.title() + ": floor");
    var log =
        surroundings
            .logs()
            .resolve("%s-%s-floor.log".formatted(row.work.name(), row.precision.word()));
    try {
      var lines =
          finish(
              log,
              Map.of("OMP_NUM_THREADS", Integer.toString(options.threads.getLast())),
              "fovea.lab.floor.FloorMain",
              row.work.name(),
              row.precision.word(),
              Integer.toString(FLOOR_MILLISECONDS));
      lines
          .lines()
          .map(l -> l.split("\t", -1))
          .filter(f -> f.length == 4)
          .forEach(
              f ->
                  row.floor.add(
                      new Row.Floor(Integer.parseInt(f[0]), Double.parseDouble(f[1]), f[2], f[3])));
    } catch (IOException e) {
      row.notes.add("floor: " + e.getMessage());
    }
    progress.done(FLOOR_SECONDS);
  }

  // ---- processes that do one thing and end

  private boolean writeModel(Row row) throws InterruptedException {
    var log = surroundings.logs().resolve(row.work.name() + "-onnx.log");
    try {
      finish(log, Map.of(), "fovea.lab.peer.OnnxModelMain", row.work.name());
      return true;
    } catch (IOException e) {
      row.notes.add("onnxruntime: no model: " + e.getMessage());
      return false;
    }
  }

  /// What such a process prints.
  private String finish(
      Path log, Map<String, String> environment, String mainClass, String... arguments)
      throws IOException, InterruptedException {
    var process = Child.start(surroundings.java(List.of(), mainClass, arguments), environment, log);
    var output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    if (!process.waitFor(1, TimeUnit.MINUTES) || process.exitValue() != 0) {
      process.destroyForcibly();
      throw new IOException("its process failed (log: " + log + ")");
    }
    return output;
  }
}
