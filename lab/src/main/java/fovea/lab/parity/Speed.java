package fovea.lab.parity;

import fovea.core.array.Rng;
import fovea.core.kernel.Kernels;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.bytedeco.pytorch.global.torch;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;

/// `lab/ops`: what single operations cost, forward and backward, beside LibTorch.
@Command(
    name = "lab/ops",
    sortOptions = false,
    usageHelpAutoWidth = true,
    synopsisHeading = "Usage: ",
    description = {
      "",
      "Times forward and backward of operations in float32 beside LibTorch, NCHW and channels-last,"
          + " in one process, taking turns; prints medians in milliseconds, LibTorch's best over"
          + " Fovea's, and how much of Fovea's time passes in plain Java kernels."
    },
    optionListHeading = "%nOptions:%n",
    footerHeading = "%nExamples:%n",
    footer = {"  lab/ops", "  lab/ops --only conv2d --rounds 15 --json"})
final class Speed implements Callable<Integer> {
  private static final double BURST_SECONDS = 0.15;
  private static final double WARM_UP_SECONDS = 1;

  @Option(
      names = "--only",
      split = ",",
      paramLabel = "NAME",
      description = "Rows whose names begin so, separated by commas; all if not given.")
  private List<String> only = new ArrayList<>();

  @Option(
      names = "--rounds",
      paramLabel = "N",
      defaultValue = "7",
      description = "How often each has its turn (default: ${DEFAULT-VALUE}).")
  private int rounds;

  @Option(names = "--json", description = "Print a JSON array, an object for each row.")
  private boolean json;

  // Picocli shows the help by itself.
  @SuppressWarnings("UnusedVariable")
  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      description = "Show this and leave.")
  private boolean help;

  private Speed() {}

  public static void main(String[] args) {
    System.setErr(new PrintStream(System.err, true, StandardCharsets.UTF_8));
    System.setOut(new PrintStream(System.out, true, StandardCharsets.UTF_8));
    System.exit(new CommandLine(new Speed()).execute(args));
  }

  /// What came out for an operation, in milliseconds.
  private record Result(
      String name, double fovea, double nchw, double nhwc, Map<String, Double> plain) {
    double best() {
      return Math.min(nchw, nhwc);
    }
  }

  @Override
  public Integer call() {
    int threads = Runtime.getRuntime().availableProcessors();
    Torch.prepare(threads);
    var results = new ArrayList<Result>();
    SpeedRows.all()
        .forEach(
            (name, draw) -> {
              if (only.isEmpty() || only.stream().anyMatch(name::startsWith)) {
                results.add(measure(name, draw.apply(new Draw(Rng.of(0)))));
              }
            });
    if (json) {
      System.out.println(json(results));
    } else {
      print(results);
      System.out.printf(
          "%d threads; LibTorch with %d threads; Fovea on %s%n",
          threads, torch.get_num_threads(), Kernels.best().name());
    }
    return 0;
  }

  private Result measure(String name, Case c) {
    if (!(c.reference() instanceof Torch peer)) {
      throw new IllegalStateException(name + " has no counterpart in LibTorch");
    }
    var steps = List.of(Fovea.step(c), peer.step(c, false), peer.step(c, true));
    steps.forEach(s -> burst(s, WARM_UP_SECONDS));
    var medians = new double[steps.size()][rounds];
    for (int round = 0; round < rounds; round++) {
      for (int i = 0; i < medians.length; i++) {
        medians[i][round] = burst(steps.get(i), BURST_SECONDS);
      }
    }
    double fovea = median(medians[0]);
    return new Result(
        name,
        fovea,
        median(medians[1]),
        median(medians[2]),
        PlainJava.shares(steps.getFirst(), fovea));
  }

  /// The median time of a step, in milliseconds.
  private static double burst(Runnable step, double seconds) {
    var times = new ArrayList<Double>();
    long end = System.nanoTime() + (long) (seconds * 1e9);
    do {
      long begin = System.nanoTime();
      step.run();
      times.add((System.nanoTime() - begin) * 1e-6);
    } while (System.nanoTime() < end);
    return median(times.stream().mapToDouble(Double::doubleValue).toArray());
  }

  private static double median(double[] values) {
    var sorted = Arrays.stream(values).sorted().toArray();
    return sorted[sorted.length / 2];
  }

  private static void print(List<Result> results) {
    int width = results.stream().mapToInt(r -> r.name().length()).max().orElse(0);
    System.out.printf(
        "| %-" + width + "s | Fovea, ms | LibTorch NCHW |   NHWC | ratio | in plain Java |%n",
        "operation");
    System.out.printf(
        "|%s|-----------|---------------|--------|-------|---------------|%n",
        "-".repeat(width + 2));
    for (var r : results) {
      System.out.printf(
          Locale.ROOT,
          "| %-" + width + "s | %9.2f | %13.2f | %6.2f | %5.2f | %s |%n",
          r.name(),
          r.fovea(),
          r.nchw(),
          r.nhwc(),
          r.best() / r.fovea(),
          words(r.plain()));
    }
    System.out.println();
  }

  private static String words(Map<String, Double> plain) {
    return plain.isEmpty()
        ? "–"
        : plain.entrySet().stream()
            .sorted(Map.Entry.comparingByValue(Comparator.reverseOrder()))
            .map(e -> String.format(Locale.ROOT, "%s %.2f ms", e.getKey(), e.getValue()))
            .collect(Collectors.joining(", "));
  }

  private static String json(List<Result> results) {
    var rows = new ArrayList<Map<String, Object>>();
    for (var r : results) {
      var row = new LinkedHashMap<String, Object>();
      row.put("operation", r.name());
      row.put("fovea_ms", r.fovea());
      row.put("libtorch_nchw_ms", r.nchw());
      row.put("libtorch_nhwc_ms", r.nhwc());
      row.put("ratio", r.best() / r.fovea());
      row.put("plain_java_ms", r.plain());
      rows.add(row);
    }
    return JsonMapper.builder()
        .enable(SerializationFeature.INDENT_OUTPUT)
        .build()
        .writeValueAsString(rows);
  }
}
