package fovea.lab.parity;

import fovea.core.array.DType;
import fovea.core.array.Rng;
import fovea.core.kernel.Kernels;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.function.ToDoubleFunction;
import org.bytedeco.javacpp.Loader;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;

/// `lab/parity`: Fovea's results and gradients beside LibTorch's.
@Command(
    name = "lab/parity",
    sortOptions = false,
    usageHelpAutoWidth = true,
    synopsisHeading = "Usage: ",
    description = {
      "",
      "Runs each operation, layer, loss, optimizer, schedule and start of Fovea on random shapes and"
          + " options beside LibTorch, or beside the formula in plain Java where LibTorch does not"
          + " have it, and prints the worst relative error of each: allowed are 1e-5 in float32 and"
          + " 1e-10 in float64. Leaves with 1 where something is off, or has no row."
    },
    optionListHeading = "%nOptions:%n",
    footerHeading = "%nExamples:%n",
    footer = {
      "  lab/parity                               everything",
      "  lab/parity --only nn.Conv2d --cases 200  those rows whose names begin so",
      "  lab/parity --seed 7 --json               other cases"
    })
final class Parity implements Callable<Integer> {
  @Spec private CommandLine.Model.CommandSpec spec;

  @Option(
      names = "--only",
      split = ",",
      paramLabel = "NAME",
      description = "Rows whose names begin so, separated by commas; all if not given.")
  private List<String> only = new ArrayList<>();

  @Option(
      names = "--cases",
      paramLabel = "N",
      defaultValue = "20",
      description = "Cases a row, each in float32 and float64 (default: ${DEFAULT-VALUE}).")
  private int cases;

  @Option(
      names = "--seed",
      paramLabel = "N",
      defaultValue = "0",
      description = "Of the cases (default: ${DEFAULT-VALUE}).")
  private long seed;

  @Option(names = "--json", description = "Print a JSON object.")
  private boolean json;

  @Option(names = "--list", description = "List the rows and leave.")
  private boolean list;

  // Picocli shows the help by itself.
  @SuppressWarnings("UnusedVariable")
  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      description = "Show this and leave.")
  private boolean help;

  private Parity() {}

  public static void main(String[] args) {
    System.setErr(new PrintStream(System.err, true, StandardCharsets.UTF_8));
    System.setOut(new PrintStream(System.out, true, StandardCharsets.UTF_8));
    var line = new CommandLine(new Parity());
    line.setParameterExceptionHandler(
        (e, _) -> {
          System.err.println("lab/parity: " + e.getMessage());
          System.err.println("Try lab/parity --help.");
          return 2;
        });
    line.setExecutionExceptionHandler(
        (e, _, _) -> {
          System.err.println("lab/parity: " + e);
          return 1;
        });
    System.exit(line.execute(args));
  }

  @Override
  public Integer call() throws IOException {
    if (cases < 1 || cases > 100_000) {
      throw new ParameterException(spec.commandLine(), "--cases takes 1 to 100000, not " + cases);
    }
    var rows = Rows.all().stream().filter(r -> wanted(r.name())).toList();
    if (rows.isEmpty()) {
      throw new ParameterException(
          spec.commandLine(), "no row begins with " + String.join(" or ", only));
    }
    if (list) {
      rows.forEach(r -> System.out.println(r.name()));
      return 0;
    }
    Torch.prepare(Runtime.getRuntime().availableProcessors());
    var results = new ArrayList<Result>();
    for (var row : rows) {
      results.add(Result.of(row, seed, cases));
    }
    var missing = only.isEmpty() ? Coverage.missing(Rows.all()) : List.<String>of();
    if (json) {
      System.out.println(json(results, missing));
    } else {
      print(results, missing);
    }
    boolean right = missing.isEmpty() && results.stream().allMatch(Result::isRight);
    return right ? 0 : 1;
  }

  private boolean wanted(String name) {
    return only.isEmpty() || only.stream().anyMatch(name::startsWith);
  }

  // ---- what came out

  private void print(List<Result> results, List<String> missing) throws IOException {
    int width = results.stream().mapToInt(r -> r.row().name().length()).max().orElse(0);
    int reference = results.stream().mapToInt(r -> r.row().reference().length()).max().orElse(0);
    var form = "%-" + width + "s  %-" + reference + "s  %5s  %8s  %8s  %8s%s%n";
    System.out.printf(form, "row", "beside", "cases", "f32", "gradient", "f64", "");
    for (var r : results) {
      System.out.printf(
          form,
          r.row().name(),
          r.row().reference(),
          r.cases(),
          figure(r.f32()),
          figure(r.f32Gradient()),
          figure(r.f64()),
          r.isRight() ? "" : "  WRONG");
    }
    System.out.println();
    for (var r : results) {
      r.failures().stream().limit(3).forEach(f -> System.out.println(r.row().name() + ": " + f));
      if (r.failures().size() > 3) {
        System.out.printf("%s: and %d more%n", r.row().name(), r.failures().size() - 3);
      }
    }
    Rows.notCompared()
        .forEach((name, why) -> System.out.println("not compared: " + name + ": " + why));
    missing.forEach(m -> System.out.println("without a row: " + m));
    long wrong = results.stream().filter(r -> !r.isRight()).count();
    System.out.printf(
        Locale.ROOT,
        "%nseed %d: %,d cases in %d rows, %s; worst relative error %s in float32, %s in float64%n",
        seed,
        results.stream().mapToLong(Result::cases).sum(),
        results.size(),
        wrong == 0 ? "all right" : wrong + " of them wrong",
        worst(results, Result::f32Any),
        worst(results, Result::f64));
    int cancelled = results.stream().mapToInt(Result::cancelled).sum();
    if (cancelled > 0) {
      System.out.printf(
          "left out: %d values in float32 whose terms cancel, so that LibTorch's own float32 misses its float64 as far%n",
          cancelled);
    }
    System.out.printf(
        "LibTorch %s beside Fovea on %s%n",
        Loader.getVersion("org.bytedeco", "pytorch"), Kernels.best().name());
  }

  private static String worst(List<Result> results, ToDoubleFunction<Result> error) {
    return results.stream()
        .filter(r -> !r.row().isOfChance() && !Double.isNaN(error.applyAsDouble(r)))
        .max(Comparator.comparingDouble(error))
        .map(r -> figure(error.applyAsDouble(r)) + " (" + r.row().name() + ")")
        .orElse("–");
  }

  private static String figure(double error) {
    return Double.isNaN(error) ? "–" : error == 0 ? "0" : String.format(Locale.ROOT, "%.1e", error);
  }

  private String json(List<Result> results, List<String> missing) {
    var map = new LinkedHashMap<String, Object>();
    map.put("seed", seed);
    map.put("cases", results.stream().mapToLong(Result::cases).sum());
    map.put("worst_f32", worst(results, Result::f32Any));
    map.put("worst_f64", worst(results, Result::f64));
    map.put("right", missing.isEmpty() && results.stream().allMatch(Result::isRight));
    map.put("rows", results.stream().map(Parity::json).toList());
    map.put("not_compared", Rows.notCompared());
    map.put("without_row", missing);
    return JsonMapper.builder()
        .enable(SerializationFeature.INDENT_OUTPUT)
        .build()
        .writeValueAsString(map);
  }

  private static Map<String, Object> json(Result r) {
    var map = new LinkedHashMap<String, Object>();
    map.put("name", r.row().name());
    map.put("reference", r.row().reference());
    map.put("cases", r.cases());
    put(map, "f32", r.f32());
    put(map, "f32_gradient", r.f32Gradient());
    put(map, "f64", r.f64());
    map.put("cancelled", r.cancelled());
    map.put("failures", r.failures());
    return map;
  }

  private static void put(Map<String, Object> map, String name, double error) {
    if (Double.isFinite(error)) {
      map.put(name, error);
    }
  }

  /// What a row's cases gave.
  ///
  /// @param f32 the worst error of a result or a state in float32; NaN where none was compared
  /// @param f32Gradient of a gradient
  /// @param f64 of anything in float64
  /// @param cancelled numbers left out of the errors, see [Row.Compared#cancels]
  record Result(
      Row row,
      int cases,
      double f32,
      double f32Gradient,
      double f64,
      int cancelled,
      List<String> failures) {

    static Result of(Row row, long seed, int cases) {
      double[] worst = {Double.NaN, Double.NaN, Double.NaN};
      var failures = new ArrayList<String>();
      int count = 0;
      int cancelled = 0;
      for (int i = 0; i < cases; i++) {
        for (var type : row.precisions()) {
          count++;
          var where = "case %d in %s: ".formatted(i, type);
          try {
            var outcome = row.check().run(new Draw(Rng.of(seed).split(row.name()).split(i)), type);
            for (var c : outcome.compared()) {
              if (c.cancels()) {
                cancelled++;
                continue;
              }
              int column = type == DType.F64 ? 2 : c.gradient() ? 1 : 0;
              worst[column] =
                  Double.isNaN(worst[column]) ? c.error() : Math.max(worst[column], c.error());
              if (c.isWrong()) {
                failures.add(
                    "%s%s: %s is off by %s, allowed %s"
                        .formatted(
                            where,
                            outcome.words(),
                            c.what(),
                            figure(c.error()),
                            figure(c.allowed())));
              }
            }
          } catch (RuntimeException e) {
            failures.add(where + e.getMessage());
          }
        }
      }
      return new Result(row, count, worst[0], worst[1], worst[2], cancelled, failures);
    }

    boolean isRight() {
      return failures.isEmpty();
    }

    double f32Any() {
      return Double.isNaN(f32Gradient)
          ? f32
          : Double.isNaN(f32) ? f32Gradient : Math.max(f32, f32Gradient);
    }
  }
}
