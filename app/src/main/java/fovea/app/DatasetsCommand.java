package fovea.app;

import fovea.vision.data.Datasets;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/// `fovea datasets`.
@Command(
    name = "datasets",
    header = "List the data sets that are built in.",
    description = {
      "Lists the data sets that are built in. Wherever a command takes DATA, a path will do as well:",
      "a folder of IDX files (MNIST and its kin), or a folder or zip file of PNG and JPEG images as",
      "train/<class>/… and test/<class>/…, or as <class>/… alone.",
    },
    footer = {"  fovea datasets", "  fovea datasets --json"})
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
      Json.print(console(), result);
    } else {
      var table = new Table("name", "what it is");
      Datasets.names().forEach(name -> table.row(name, Datasets.describe(name)));
      table.print(console(), "");
    }
    return ExitCode.DONE;
  }
}
