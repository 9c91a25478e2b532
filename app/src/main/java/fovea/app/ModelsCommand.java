package fovea.app;

import fovea.vision.model.Models;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/// `fovea models`.
@Command(
    name = "models",
    header = "List the networks that can be trained, and the baselines to beat.",
    description =
        "Lists the networks that can be trained, and the baselines that they are to beat.",
    footer = {"  fovea models", "  fovea models --json"})
final class ModelsCommand extends Subcommand {
  @Option(names = "--json", description = "Print the list as a JSON object.")
  private boolean json;

  ModelsCommand(Console console) {
    super(console);
  }

  @Override
  public Integer call() {
    if (json) {
      var result = Json.object();
      var list = result.putArray("models");
      for (var kind : Models.kinds()) {
        list.addObject()
            .put("name", kind.name())
            .put("about", kind.about())
            .put("source", kind.source())
            .put("input", kind.usual().toString());
      }
      Json.print(console(), result);
    } else {
      var table = new Table("name", "what it is", "source");
      Models.kinds().forEach(k -> table.row(k.name(), k.about(), k.source()));
      table.print(console(), "");
    }
    return ExitCode.DONE;
  }
}
