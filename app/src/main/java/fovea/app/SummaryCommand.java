package fovea.app;

import fovea.core.array.Shape;
import fovea.core.nn.Summary;
import fovea.vision.model.Classifier;
import fovea.vision.model.Models;
import fovea.vision.run.RunRecord;
import java.nio.file.Files;
import java.nio.file.Path;
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
    header = "Show a network's layers, shapes, parameters and multiply-adds.",
    description =
        "Lists the layers of a network with the shape of what goes in and comes out, for one image, its parameters and what one image costs in multiply-adds.",
    footer = {
      "  fovea summary lenet5",
      "  fovea summary mlp:300,100 --input 3x32x32 --classes 100",
      "  fovea summary runs/lenet5-digits-1",
    })
@SuppressWarnings("NullAway.Init") // picocli sets the fields
final class SummaryCommand extends Subcommand {
  private static final int CLASSES = 10;

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

  @Option(names = "--json", description = "Print the summary as a JSON object.")
  private boolean json;

  SummaryCommand(Console console) {
    super(console);
  }

  @Override
  public Integer call() {
    var network = network();
    var summary = Summary.of(network.network(), network.input().batch(1));
    if (json) {
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
    var table = new Table("layer", "kind", ">input", "", "output", ">parameters", ">multiply-adds");
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
          row.parameters() == 0 ? "" : Text.count(row.parameters()),
          row.multiplyAdds() == 0 ? "" : Text.count(row.multiplyAdds()));
    }
    table.row(
        "total",
        "",
        "",
        "",
        "",
        Text.count(summary.parameters()),
        Text.count(summary.multiplyAdds()));
    table.print(console(), "");
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
    }
    return json;
  }

  private static ArrayNode array(Shape batch) {
    var array = Json.array();
    IntStream.range(1, batch.rank()).forEach(i -> array.add(batch.size(i)));
    return array;
  }
}
