package fovea.lab;

import fovea.lab.work.Precision;
import fovea.lab.work.Work;
import fovea.vision.run.Machine;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;

/// `lab/bench`: Fovea beside its peers on the same work.
@Command(
    name = "lab/bench",
    sortOptions = false,
    usageHelpAutoWidth = true,
    synopsisHeading = "Usage: ",
    description = {
      "",
      "Measures Fovea and its peers on the same work, in one run, taking turns, and prints a table:"
          + " medians over rounds, least and most in brackets, in milliseconds a step; what each"
          + " column means is in lab/README.md."
    },
    optionListHeading = "%nOptions:%n",
    footerHeading = "%nExamples:%n",
    footer = {
      "  lab/bench                                          everything; takes long",
      "  lab/bench --work lenet5-train,lenet5-infer         two works",
      "  lab/bench --work resnet20-train --precision f32 --peers torch",
      "  lab/bench --work matmul-1024 --floor               with the kernels of the floor",
      "  lab/bench --json >results.json",
      "  FOVEA_BENCH_PYTHON=venv/bin/python lab/bench       a Python that has PyTorch"
    })
final class Bench implements Callable<Integer> {
  @Spec private CommandLine.Model.CommandSpec spec;

  @Option(
      names = "--work",
      split = ",",
      paramLabel = "NAME",
      description =
          "What to measure, separated by commas; all if not given. --list shows the names.")
  private List<String> works = new ArrayList<>();

  @Option(
      names = "--precision",
      paramLabel = "P",
      description = "Only f32 or bf16; both if not given.")
  private String precision = "";

  @Option(
      names = "--peers",
      split = ",",
      paramLabel = "NAME",
      description = "Beside whom: libtorch, onnxruntime, djl, torch; all if not given.")
  private List<String> peers = new ArrayList<>();

  @Option(
      names = "--rounds",
      paramLabel = "N",
      defaultValue = "7",
      description = "How often each has its turn (default: ${DEFAULT-VALUE}).")
  private int rounds;

  @Option(
      names = "--seconds",
      paramLabel = "S",
      defaultValue = "1",
      description = "How long a turn takes, one step at least (default: ${DEFAULT-VALUE}).")
  private double seconds;

  @Option(
      names = "--threads",
      split = ",",
      paramLabel = "N",
      description = "Numbers of threads that peers are tried with; 1 and all cores if not given.")
  private List<Integer> threads = new ArrayList<>();

  @Option(names = "--floor", description = "Also list the kernels of the floor.")
  private boolean floorList;

  @Option(names = "--no-floor", description = "Do not measure the floor.")
  private boolean noFloor;

  @Option(
      names = "--without-fovea",
      description = "Measure the peers, and the floor, also where Fovea cannot do the work.")
  private boolean withoutFovea;

  @Option(names = "--json", description = "Print a JSON array, an object for each row.")
  private boolean json;

  @Option(names = "--list", description = "List the works and leave.")
  private boolean list;

  // Picocli shows the help by itself.
  @SuppressWarnings("UnusedVariable")
  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      description = "Show this and leave.")
  private boolean help;

  private Bench() {}

  public static void main(String[] args) {
    var out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
    System.setErr(new PrintStream(System.err, true, StandardCharsets.UTF_8));
    System.setOut(out);
    var line = new CommandLine(new Bench());
    line.setParameterExceptionHandler(
        (e, _) -> {
          System.err.println("lab/bench: " + e.getMessage());
          System.err.println("Try lab/bench --help.");
          return 2;
        });
    line.setExecutionExceptionHandler(
        (e, _, _) -> {
          System.err.println("lab/bench: " + e);
          return 1;
        });
    System.exit(line.execute(args));
  }

  @Override
  public Integer call() throws IOException, InterruptedException {
    if (list) {
      Work.all().forEach(w -> System.out.println(w.name() + words(w)));
      return 0;
    }
    check();
    var surroundings = new Surroundings(Path.of(System.getProperty("fovea.lab.root", ".")));
    var progress = new Progress(Boolean.getBoolean("fovea.lab.terminal"));
    var contestants = contestants();
    var race =
        new Race(
            new Race.Options(
                contestants, threads(), rounds, seconds, !noFloor || floorList, withoutFovea),
            surroundings,
            progress);
    var todo = rows();
    todo.forEach(r -> progress.plan(race.plannedSeconds(r.work(), r.precision())));

    var circumstances = circumstances(surroundings);
    var rows = new ArrayList<Row>();
    for (var row : todo) {
      rows.add(race.run(row.work(), row.precision()));
      Files.writeString(surroundings.partialResults(), json(rows, circumstances));
    }
    progress.clear();
    if (json) {
      System.out.println(json(rows, circumstances));
    } else {
      print(rows, contestants, race, circumstances);
    }
    return 0;
  }

  private static String words(Work work) {
    return work.precisions().stream().map(Precision::word).reduce("", (a, b) -> a + " " + b);
  }

  // ---- what is wanted

  private void check() {
    if (rounds < 1 || rounds > 1000) {
      throw wrong("--rounds takes 1 to 1000, not " + rounds);
    }
    if (!(seconds >= 0.001 && seconds <= 600)) {
      throw wrong("--seconds takes 0.001 to 600, not " + seconds);
    }
    for (int t : threads) {
      if (t < 1 || t > 1024) {
        throw wrong("--threads takes numbers of 1 to 1024, not " + t);
      }
    }
  }

  private ParameterException wrong(String what) {
    return new ParameterException(spec.commandLine(), what);
  }

  private record Wanted(Work work, Precision precision) {}

  private List<Wanted> rows() {
    try {
      var only = precision.isEmpty() ? null : Precision.of(precision);
      var chosen = works.isEmpty() ? Work.all() : works.stream().distinct().map(Work::of).toList();
      var rows =
          chosen.stream()
              .flatMap(w -> w.precisions().stream().map(p -> new Wanted(w, p)))
              .filter(r -> only == null || r.precision() == only)
              .toList();
      if (rows.isEmpty()) {
        throw wrong("none of these works is measured in " + precision);
      }
      return rows;
    } catch (IllegalArgumentException e) {
      throw wrong(e.getMessage());
    }
  }

  private List<Contestant> contestants() {
    try {
      var chosen =
          peers.isEmpty()
              ? Contestant.peers()
              : peers.stream().distinct().map(Contestant::of).toList();
      return Stream.concat(
              Stream.of(Contestant.FOVEA), chosen.stream().filter(c -> c != Contestant.FOVEA))
          .toList();
    } catch (IllegalArgumentException e) {
      throw wrong(e.getMessage());
    }
  }

  private List<Integer> threads() {
    var chosen =
        threads.isEmpty() ? List.of(1, Runtime.getRuntime().availableProcessors()) : threads;
    return chosen.stream().distinct().sorted().toList();
  }

  // ---- what came out

  private static Map<String, Object> circumstances(Surroundings surroundings) {
    var map = new LinkedHashMap<String, Object>();
    map.put("commit", surroundings.commit());
    map.put("date", LocalDate.now(ZoneId.systemDefault()).toString());
    map.put("java", System.getProperty("java.version"));
    map.put("machine", Machine.current());
    return map;
  }

  private static String json(List<Row> rows, Map<String, Object> circumstances) {
    return JsonMapper.builder()
        .enable(SerializationFeature.INDENT_OUTPUT)
        .build()
        .writeValueAsString(rows.stream().map(r -> r.json(circumstances)).toList());
  }

  private void print(
      List<Row> rows, List<Contestant> contestants, Race race, Map<String, Object> circumstances) {
    System.out.print(Table.of(rows, contestants));
    System.out.println();
    for (var row : rows) {
      row.notes.forEach(n -> System.out.println(row.title() + ": " + n));
    }
    if (floorList) {
      rows.forEach(Bench::printFloor);
    }
    System.out.println();
    race.versions().forEach(System.out::println);
    var machine = Machine.current();
    System.out.printf(
        "%s, %d cores, %.0f GiB, %s %s, Java %s; commit %s, %s%n",
        machine.cpu(),
        machine.cores(),
        machine.memoryBytes() / (double) (1 << 30),
        machine.os(),
        machine.arch(),
        circumstances.get("java"),
        circumstances.get("commit"),
        circumstances.get("date"));
    System.out.printf(
        "%d rounds of %s s; t2-nhwc: two threads, channels-last%n", rounds, Spread.figure(seconds));
  }

  private static void printFloor(Row row) {
    System.out.printf(
        "%nfloor of %s, ms%n%10s %6s %10s%n", row.title(), "each", "times", "together");
    for (var f : row.floor) {
      System.out.printf(
          "%10.4f %6d %10.4f  %s  [%s]%n",
          f.milliseconds(), f.count(), f.total(), f.kernel(), f.implementation());
    }
    row.floorSum().ifPresent(s -> System.out.printf("%28.4f  sum%n", s));
  }
}
