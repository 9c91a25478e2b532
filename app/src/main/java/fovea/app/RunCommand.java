package fovea.app;

import fovea.core.FoveaException;
import java.io.IOException;
import java.lang.module.ModuleFinder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/// `fovea run`: a Java program on Fovea's own module path, by the JDK that Fovea runs on.
@Command(
    name = "run",
    header = "Run a Java program that uses Fovea.",
    description = {
      "Compiles and runs a Java source file on the modules of Fovea, as `java FILE` would: nothing",
      "needs to be set up. Arguments after the file go to the program.",
    },
    footer = {
      "  fovea run examples/SmallestNetwork.java",
      "  fovea run Train.java data/mnist 12",
      "",
      "Train.java may be as short as:",
      "  import module fovea.vision;",
      "  void main() { Training.of(\"lenet5\", Datasets.open(\"digits\")).run(); }",
    })
final class RunCommand extends Subcommand {
  private static final String VECTORS = "jdk.incubator.vector";

  @Parameters(index = "0", paramLabel = "FILE", description = "The source file, FILE.java.")
  private Path file;

  @Parameters(index = "1..*", paramLabel = "ARGUMENT", description = "What the program is given.")
  private List<String> arguments = List.of();

  @SuppressWarnings("NullAway.Init") // picocli sets the fields
  RunCommand(Console console) {
    super(console);
  }

  @Override
  public Integer call() throws InterruptedException {
    if (!Files.isRegularFile(file)) {
      throw new FoveaException("cannot run " + file + ": there is no such file");
    }
    var command = new ArrayList<String>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.add("-XX:+UseParallelGC");
    for (var variable : List.of("JAVA_OPTS", "FOVEA_OPTS")) {
      var options = System.getenv().getOrDefault(variable, "").strip();
      if (!options.isEmpty()) {
        command.addAll(List.of(options.split("\\s+")));
      }
    }
    if (ModuleFinder.ofSystem().find(VECTORS).isPresent()) {
      // As the launcher starts what trains.
      command.addAll(
          List.of("--add-modules", VECTORS, "-D" + VECTORS + ".VECTOR_ACCESS_OOB_CHECK=0"));
    }
    var modules = System.getProperty("jdk.module.path", "");
    command.addAll(
        modules.isEmpty() // Fovea was started from the class path.
            ? List.of("--enable-native-access=ALL-UNNAMED")
            : List.of(
                "--enable-native-access=fovea.core",
                "--module-path",
                modules,
                "--add-modules",
                "fovea.vision"));
    command.addAll(List.of("--class-path", System.getProperty("java.class.path", "")));
    command.add(file.toString());
    command.addAll(arguments);
    try {
      // Its output is the program's own, to the byte, and so is Ctrl-C, which the terminal sends to
      // both.
      return new ProcessBuilder(command).inheritIO().start().waitFor();
    } catch (IOException e) {
      throw new FoveaException("cannot start Java: " + e.getMessage(), e);
    }
  }
}
