package fovea.app;

import fovea.core.array.Shape;
import fovea.core.nn.ReceptiveField;
import fovea.core.nn.Summary;
import fovea.vision.model.Classifier;
import fovea.vision.model.Models;
import fovea.vision.run.RunRecord;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.Function;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;

/// `fovea summary`.
@Command(
    name = "summary",
    header = "Show a network's layers, shapes, receptive fields, parameters and multiply-adds.",
    description = {
      "Lists the layers of a network with the shape of what goes in and comes out, for one image, its",
      "parameters and what one image costs in multiply-adds; and how many pixels of the image each unit",
      "sees, and how many pixels its neighbour's view lies further on.",
    },
    footer = {
      "  fovea summary lenet5",
      "  fovea summary mlp:300,100 --input 3x32x32 --classes 100",
      "  fovea summary runs/lenet5-digits-1",
      "  fovea summary lenet5 --unit 6:3,4                  what the unit in row 3, column 4 of layer 6 sees",
      "  fovea summary lenet5 --input 1x30x30 --exact       refuse windows that do not fit evenly",
    })
@SuppressWarnings("NullAway.Init") // picocli sets the fields
final class SummaryCommand extends Subcommand {
  private static final int CLASSES = 10;
  private static final Pattern UNIT = Pattern.compile("(.+):(\\d{1,6}),(\\d{1,6})");

  @Parameters(
      index = "0",
      paramLabel = "MODEL",
      completionCandidates = ModelNames.class,
      description = "A network, see fovea models, or the folder of a run.")
  private String model;

  @Option(
      names = "--input",
      paramLabel = "CxHxW",
      converter = Size.Converter.class,
      description =
          "Images it takes: HxW, or CxHxW with 1 or 3 channels (default: the usual ones).")
  private @Nullable Size input;

  @Option(
      names = "--classes",
      paramLabel = "N",
      description = "How many classes it tells apart (default: 10).")
  private @Nullable Integer classes;

  @Option(
      names = "--unit",
      paramLabel = "LAYER:ROW,COLUMN",
      description = "Show instead which pixels a unit sees; rows and columns are counted from 0.")
  private @Nullable String unit;

  @Option(
      names = "--exact",
      description =
          "Refuse windows that do not fit their images evenly; else it is said below the table what they drop.")
  private boolean exact;

  @Option(names = "--json", description = "Print the summary as a JSON object.")
  private boolean json;

  SummaryCommand(Console console) {
    super(console);
  }

  @Override
  public Integer call() {
    var network = network();
    var input = network.input().batch(1);
    var summary =
        exact ? Summary.exactly(network.network(), input) : Summary.of(network.network(), input);
    if (unit != null) {
      printUnit(unit, network, summary);
    } else if (json) {
      Json.print(console(), json(network, summary));
    } else {
      print(network, summary);
    }
    return ExitCode.DONE;
  }

  private Classifier network() {
    if (isRun(model)) {
      if (input != null || classes != null) {
        throw wrong("a run has its own input and classes; leave out --input and --classes");
      }
      var record = RunRecord.read(Path.of(model));
      return Models.build(record.model().name(), record.model().input(), record.classes().size());
    }
    var usual = kind(model).usual();
    return Models.build(
        model,
        input == null ? usual : input.orChannelsOf(usual),
        classes == null ? CLASSES : classes);
  }

  private static boolean isRun(String name) {
    boolean model = Models.kinds().stream().anyMatch(k -> k.name().equals(name));
    return !model && (name.contains("/") || Files.isDirectory(Path.of(name)));
  }

  private void print(Classifier network, Summary summary) {
    console()
        .out()
        .printf(
            "%s on images of %s, %s%n%n",
            network.name(), network.input(), Text.count(network.classes(), "class", "classes"));
    var table =
        new Table(
            "layer",
            "kind",
            ">input",
            "",
            "output",
            ">sees",
            ">step",
            ">parameters",
            ">multiply-adds");
    for (var row : summary.rows()) {
      if (row.path().isEmpty() && summary.rows().size() > 1) {
        continue; // The network as a whole stands in the last line.
      }
      table.row(
          row.path(),
          row.layer(),
          shape(row.x()),
          "→",
          shape(row.y()),
          row.seesAll() ? "all" : sees(row),
          row.field() == null || row.seesAll() ? "" : step(row.field()),
          row.parameters() == 0 ? "" : Text.count(row.parameters()),
          row.multiplyAdds() == 0 ? "" : Text.count(row.multiplyAdds()));
    }
    table.row(
        "total",
        "",
        "",
        "",
        "",
        "",
        "",
        Text.count(summary.parameters()),
        Text.count(summary.multiplyAdds()));
    table.print(console(), "");
    if (!summary.dropped().isEmpty()) {
      console().out().println();
      summary.dropped().forEach(d -> console().out().println(d));
    }
  }

  /// In pixels of the input, `14×14`.
  private static String sees(Summary.Row row) {
    var field = row.field();
    return field == null ? "" : joined(field, a -> Integer.toString(a.size()), "×");
  }

  private static String step(ReceptiveField field) {
    var steps = field.axes().stream().map(a -> figure(a.step())).distinct().toList();
    return String.join("×", steps);
  }

  private static String joined(
      ReceptiveField field, Function<ReceptiveField.Axis, String> word, String between) {
    return field.axes().stream().map(word).collect(Collectors.joining(between));
  }

  /// `2`, `0.5`.
  private static String figure(double number) {
    return number == Math.rint(number) ? Long.toString((long) number) : Double.toString(number);
  }

  // ---- one unit

  private void printUnit(String which, Classifier network, Summary summary) {
    var parts = UNIT.matcher(which);
    if (!parts.matches()) {
      throw wrong("--unit takes a layer, a row and a column, as in conv1:3,4, not " + which);
    }
    var row =
        summary.rows().stream()
            .filter(r -> r.path().equals(parts.group(1)))
            .findFirst()
            .orElseThrow(() -> wrong("the network has no layer " + parts.group(1)));
    var field = row.field();
    if (field == null || field.axes().size() != 2) {
      console().out().printf("the units of %s see all of the image%n", row.path());
      return;
    }
    int[] at = {Integer.parseInt(parts.group(2)), Integer.parseInt(parts.group(3))};
    for (int i = 0; i < 2; i++) {
      if (at[i] >= row.y().size(i + 2)) {
        throw wrong(
            "%s gives %s, which has no unit %s".formatted(row.path(), shape(row.y()), which));
      }
    }
    console()
        .out()
        .printf("the unit at (%d, %d) of %s, %s%n", at[0], at[1], row.path(), row.layer());
    print("rows", field.axes().get(0), at[0], network.input().height());
    print("columns", field.axes().get(1), at[1], network.input().width());
  }

  private void print(String what, ReceptiveField.Axis axis, int unit, int size) {
    double from = axis.start() + unit * axis.step();
    double to = from + axis.size() - 1;
    console()
        .out()
        .printf(
            "%-8s %s to %s, the centre at %s%s%n",
            what,
            figure(from),
            figure(to),
            figure(axis.centre(unit)),
            from < 0 || to >= size
                ? "; the image has 0 to " + (size - 1) + ", the rest is padding"
                : "");
  }

  /// Of one image: `6×28×28`.
  private static String shape(Shape batch) {
    return IntStream.range(1, batch.rank())
        .mapToObj(i -> String.valueOf(batch.size(i)))
        .collect(Collectors.joining("×"));
  }

  private static JsonNode json(Classifier network, Summary summary) {
    var json = Json.object().put("model", network.name());
    json.set("input", array(network.input().batch(1)));
    json.put("classes", network.classes())
        .put("parameters", summary.parameters())
        .put("multiplyAdds", summary.multiplyAdds());
    var layers = json.putArray("layers");
    for (var row : summary.rows()) {
      var one = layers.addObject().put("name", row.path()).put("layer", row.layer());
      one.set("input", array(row.x()));
      one.set("output", array(row.y()));
      one.put("parameters", row.parameters()).put("multiplyAdds", row.multiplyAdds());
      one.put("seesAll", row.seesAll());
      if (row.field() != null) {
        var field = one.putArray("receptiveField");
        for (var axis : row.field().axes()) {
          field
              .addObject()
              .put("size", axis.size())
              .put("step", axis.step())
              .put("start", axis.start())
              .put("centre", axis.centre(0));
        }
      }
    }
    var dropped = json.putArray("dropped");
    for (var d : summary.dropped()) {
      dropped
          .addObject()
          .put("layer", d.path())
          .put("rows", d.what().left().getFirst())
          .put("columns", d.what().left().getLast())
          .put("padding", d.what().isPadding());
    }
    return json;
  }

  private static ArrayNode array(Shape batch) {
    var array = Json.array();
    IntStream.range(1, batch.rank()).forEach(i -> array.add(batch.size(i)));
    return array;
  }
}
