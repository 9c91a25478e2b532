package fovea.app;

import fovea.vision.data.Datasets;
import fovea.vision.data.Downloads;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/// `fovea datasets`.
@Command(
    name = "datasets",
    subcommands = {InspectCommand.class, GetCommand.class},
    header = "List the data sets that are built in, or inspect data.",
    description = {
      "Lists the data sets that are built in. Wherever a command takes DATA, a path will do as well:",
      "a folder of IDX files (MNIST and its kin), or a folder or zip file of images as train/<class>/… and",
      "test/<class>/…, as <class>/… alone, in the layout of Pascal VOC, COCO, CamVid or CIFAR's binary",
      "files, with a table of labels (labels.csv), or with a mask for each thing (masks/<image>/…).",
    },
    footer = {"  fovea datasets", "  fovea datasets --json", "  fovea datasets inspect data/mnist"})
final class DatasetsCommand extends Subcommand {
  @Option(names = "--json", description = "Print the list as a JSON object.")
  private boolean json;

  DatasetsCommand(Console console) {
    super(console);
  }

  @Override
  public Integer call() {
    if (json) {
      var result = Json.object();
      var list = result.putArray("datasets");
      for (var name : Datasets.names()) {
        list.addObject().put("name", name).put("about", Datasets.describe(name));
      }
      for (var name : Downloads.names()) {
        list.addObject()
            .put("name", name)
            .put("about", Downloads.describe(name))
            .put("fetched", Downloads.find(name).isPresent());
      }
      Json.print(console(), result);
    } else {
      var table = new Table("name", "what it is");
      Datasets.names().forEach(name -> table.row(name, Datasets.describe(name)));
      for (var name : Downloads.names()) {
        table.row(
            name,
            Downloads.describe(name)
                + (Downloads.find(name).isPresent()
                    ? "; fetched"
                    : "; fovea datasets get " + name));
      }
      table.print(console(), "");
    }
    return ExitCode.DONE;
  }
}
