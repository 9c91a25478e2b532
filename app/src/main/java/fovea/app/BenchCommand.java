package fovea.app;

import fovea.core.kernel.Kernels;
import fovea.core.memory.Memory;
import fovea.core.tensor.Precision;
import fovea.vision.model.InputSize;
import fovea.vision.model.Models;
import fovea.vision.run.Machine;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// `fovea bench`.
@Command(
    name = "bench",
    header = "Measure how fast networks train and infer on this machine.",
    description = {
      "Measures training steps (forward, back and SGD with momentum) and inference (weights frozen)",
      "on random images, and says what a step takes by its median, how many images that is a second",
      "and the most memory that its tensors took. Without MODEL, of a few networks, which takes",
      "about a minute on two cores.",
    },
    footer = {
      "  fovea bench                                 a few networks, in f32 and, if fast, in bf16",
      "  fovea bench resnet50 --batch 4",
      "  fovea bench resnet18 --size 128x128 --precision bf16 --seconds 5",
      "  fovea bench lenet5 --threads 1 --json",
    })
@SuppressWarnings("NullAway.Init") // picocli sets the fields
final class BenchCommand extends ComputingCommand {
  private static final List<String> USUAL = List.of("lenet5", "resnet20", "resnet18");
  private static final int CLASSES = 10;
  private static final double LONGEST = 3600;

  /// Below, differences are as likely chance.
  private static final double WORTH_IT = 1.1;

  @Parameters(
      index = "0",
      arity = "0..1",
      paramLabel = "MODEL",
      completionCandidates = ModelNames.class,
      description = "A network, see fovea models (default: lenet5, resnet20 and resnet18).")
  private @Nullable String model;

  @Option(
      names = "--batch",
      paramLabel = "N",
      description =
          "Images in a step (default: 64 small grey ones, 128 small coloured ones, 16 large ones).")
  private @Nullable Integer batch;

  @Option(
      names = "--size",
      paramLabel = "HxW",
      converter = Size.Converter.class,
      description = "Of the images, for a MODEL (default: its usual ones).")
  private @Nullable Size size;

  @Option(
      names = "--precision",
      paramLabel = "TYPE",
      converter = ToPrecision.class,
      description =
          "Compute in ${COMPLETION-CANDIDATES} (default: f32 and, where it is fast, bf16).")
  private @Nullable Precision precision;

  @Option(
      names = "--seconds",
      paramLabel = "S",
      description = "How long to measure, each time (default: 2).")
  private double seconds = 2;

  BenchCommand(Console console) {
    super(console);
  }

  /// A network in one precision.
  private record Row(
      Bench bench, Precision precision, Bench.Times training, Bench.Times inference) {}

  @Override
  public Integer call() {
    check();
    console().pass("preparing …");
    var machine = Machine.current();
    var busy = DoctorCommand.busy(machine, machine.cores());
    var rows = new ArrayList<Row>();
    int code;
    try (var interruption = new Interruption(() -> console().say(ProgressView.STOPPING))) {
      var benches = benches(interruption);
      interruption.listen();
      announce(benches);
      measure(benches, interruption, rows);
      code = interruption.getAsBoolean() ? interruption.exitCode() : ExitCode.DONE;
    }
    var hints = new ArrayList<String>();
    // What was measured beside other programs compares nothing.
    var hint = busy == null ? gain(rows) : busy;
    if (hint != null) {
      hints.add(hint);
    }
    if (json()) {
      Json.print(console(), json(machine, rows, hints, code != ExitCode.DONE));
    } else {
      print(rows, hints);
    }
    return code;
  }

  private void check() {
    if (model != null) {
      kind(model);
    } else if (size != null) {
      throw wrong(
          "--size is for one network; name it before, as in: bench resnet18 --size 128x128");
    }
    if (batch != null && batch < 1) {
      throw wrong("a step takes at least 1 image, not " + batch);
    }
    if (!(seconds > 0 && seconds <= LONGEST)) {
      throw wrong(
          "a measurement takes more than 0 and at most 3600 seconds, not "
              + (seconds == Math.rint(seconds) ? Long.toString((long) seconds) : seconds));
    }
  }

  private List<Bench> benches(BooleanSupplier stop) {
    return (model == null ? USUAL : List.of(model))
        .stream()
            .map(
                name -> {
                  var usual = Models.kind(name).usual();
                  var input = size == null ? usual : size.orChannelsOf(usual);
                  return new Bench(
                      Models.build(name, input, CLASSES),
                      batch == null ? usualBatch(input) : batch,
                      seconds,
                      stop);
                })
            .toList();
  }

  private static int usualBatch(InputSize input) {
    return Math.max(input.height(), input.width()) > 64 ? 16 : input.channels() == 1 ? 64 : 128;
  }

  private List<Precision> precisions() {
    if (precision == null) {
      return Arrays.stream(Precision.values()).filter(Precision::isFast).toList();
    }
    if (!precision.isFast()) {
      console().warn(precision + " is slow on this machine; f32 would be faster");
    }
    return List.of(precision);
  }

  private void announce(List<Bench> benches) {
    double expected =
        benches.stream().mapToDouble(Bench::expected).sum()
            * (precision == null && Precision.BF16.isFast() ? 2 : 1);
    console()
        .say(
            "measuring %s for about %s"
                .formatted(
                    String.join(", ", benches.stream().map(b -> b.model().name()).toList()),
                    expected < 1.5 ? "a second" : Math.round(expected) + " seconds"));
  }

  private void measure(List<Bench> benches, BooleanSupplier stop, List<Row> rows) {
    var precisions = precisions();
    int all = benches.size() * precisions.size();
    for (var bench : benches) {
      for (var p : precisions) {
        var what =
            "%d of %d: %s, batches of %d, %s"
                .formatted(rows.size() + 1, all, bench.model().name(), bench.batch(), p);
        pass(what + ", training …", stop);
        var training = bench.training(p);
        pass(what + ", inference …", stop);
        var inference = training == null ? null : bench.inference(p);
        if (training == null || inference == null) {
          return;
        }
        rows.add(new Row(bench, p, training, inference));
      }
    }
  }

  /// Does not hide that it is stopping.
  private void pass(String text, BooleanSupplier stop) {
    if (!stop.getAsBoolean()) {
      console().pass(text);
    }
  }

  private void print(List<Row> rows, List<String> hints) {
    var out = console().out();
    if (!rows.isEmpty()) {
      var table =
          new Table(
              "model",
              ">images a step",
              "precision",
              ">training",
              ">images/s",
              ">inference",
              ">images/s",
              ">memory");
      for (var row : rows) {
        table.row(
            row.bench.model().name(),
            row.bench.batch() + " of " + row.bench.model().input(),
            row.precision.toString(),
            Text.milliseconds(row.training.median()),
            Text.figure(row.training.imagesPerSecond()),
            Text.milliseconds(row.inference.median()),
            Text.figure(row.inference.imagesPerSecond()),
            Memory.size(Math.max(row.training.bytes(), row.inference.bytes())));
      }
      table.print(console(), "");
      out.println();
    }
    out.println("computed by " + Kernels.best().name());
    hints.forEach(hint -> out.println("hint: " + hint));
  }

  /// What bfloat16 brings to the network that computes most; `null` where that was not measured, or
  /// is too little to tell.
  private static @Nullable String gain(List<Row> rows) {
    record Pair(Row f32, Row bf16) {
      double work() {
        return (double) f32.bench.multiplyAdds() * f32.bench.batch();
      }
    }
    var pairs = new ArrayList<Pair>();
    for (int i = 1; i < rows.size(); i++) {
      if (rows.get(i - 1).bench == rows.get(i).bench) {
        pairs.add(new Pair(rows.get(i - 1), rows.get(i)));
      }
    }
    return pairs.stream()
        .max(Comparator.comparingDouble(Pair::work))
        .map(p -> gain(p.f32.bench.model().name(), p.f32.training, p.bf16.training))
        .orElse(null);
  }

  /// What bfloat16 brings to a network; `null` where that is too little to tell, or where medians
  /// and the fastest steps, which suffer least from other programs, do not agree.
  static @Nullable String gain(String model, Bench.Times f32, Bench.Times bf16) {
    double median = f32.median() / bf16.median();
    double fastest = f32.min() / bf16.min();
    if (Math.min(median, fastest) >= WORTH_IT) {
      return String.format(
          Locale.ROOT,
          "bf16 trains %1$s %2$.1f times as fast as f32 here: fovea train %1$s DATA --precision bf16",
          model,
          Math.min(median, fastest));
    }
    return Math.max(median, fastest) <= 1
        ? "bf16 trains %s no faster than f32 here".formatted(model)
        : null;
  }

  private JsonNode json(Machine machine, List<Row> rows, List<String> hints, boolean interrupted) {
    var json =
        Json.object()
            .put("kernels", Kernels.best().name())
            .put("threads", Kernels.best().threads())
            .put("cpu", machine.cpu())
            .put("cores", machine.cores())
            .put("seconds", seconds)
            .put("interrupted", interrupted);
    var results = json.putArray("results");
    for (var row : rows) {
      var input = row.bench.model().input();
      var one = results.addObject().put("model", row.bench.model().name());
      one.putArray("input").add(input.channels()).add(input.height()).add(input.width());
      one.put("batch", row.bench.batch())
          .put("precision", row.precision.toString())
          .put("parameters", row.bench.model().network().parameterCount())
          .put("multiplyAdds", row.bench.multiplyAdds());
      one.set("training", json(row.training));
      one.set("inference", json(row.inference));
    }
    var lines = json.putArray("hints");
    hints.forEach(lines::add);
    return json;
  }

  private static ObjectNode json(Bench.Times times) {
    var json = Json.object();
    json.putObject("milliseconds")
        .put("median", times.median())
        .put("min", times.min())
        .put("max", times.max());
    return json.put("steps", times.steps())
        .put("imagesPerSecond", times.imagesPerSecond())
        .put("gigaflops", times.gigaflops())
        .put("bytes", times.bytes());
  }
}
