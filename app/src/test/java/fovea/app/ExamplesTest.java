package fovea.app;

import static java.util.Map.entry;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Runs the programs under `examples/` as their readers do, with the options that they are told to
/// use, but on what is being tested instead of on a distribution.
class ExamplesTest {
  private static final Path EXAMPLES = Path.of("..", "examples").toAbsolutePath().normalize();

  /// What must be in the output of some.
  private static final Map<String, List<String>> FIGURES =
      Map.ofEntries(
          entry(
              "ComputationalGraph.java",
              List.of(
                  "q = add(x, y)   []   value 3     gradient -4",
                  "f = mul(q, z)   []   value -12   gradient 1",
                  "a = parameter         []   value 2   gradient 0.5",
                  "w1 = parameter    []   value 0.5   gradient -6",
                  "s = softplus(t)   []   value 1.31326   gradient 1",
                  "∂f/∂z = 3.0")),
          entry(
              "SmallestNetwork.java",
              List.of(
                  "   .#.   .#.",
                  "step    0   loss 1.",
                  "step 1000   loss 0.0",
                  "8 of 8 are right")),
          entry(
              "OwnOperation.java",
              List.of(
                  "softsign(",
                  "a wrong formula:\n  gradient by Graph.gradients: of input 0 [4] the element [",
                  "shapeless: its backward returned a gradient float32 [] for input 0, which is float32 [4]",
                  "XOR: -0.50 0.50 0.50 -0.50")),
          entry(
              "OwnLayerOwnLoop.java",
              List.of("1: Maxout", "epoch 3   loss 0.0", "test accuracy 9")),
          entry(
              "ConvolutionAsMatrix.java",
              List.of("4 × 16", "· · · ·   · 1 2 3   · 4 5 6   · 7 8 9", "16 × 4")),
          entry(
              "PoolingAndUnpooling.java",
              List.of("[5, 2, 12, 15]", "   7.00   0.00   0.00   8.00", "   6.24   7.07")),
          entry(
              "ReceptiveFields.java",
              List.of(
                  "3×3, three times             7×7    49 pixels, 27 weights",
                  "dilated by 1, 2, 4          15×15  225 pixels, 27 weights",
                  "dilated by 2, 2, 2          13×13   49 pixels, 27 weights",
                  "3×3, pooled by 2, 3×3, 3×3  12×12  144 pixels, 27 weights")),
          entry(
              "Shifts.java",
              List.of(
                  "image on a ring            0.000  0.000  0.000  0.000",
                  "max pooling 2×2                            –   0.000     –   0.000",
                  "digits right of 100")),
          entry("VanishingGradient.java", List.of("1.5e-12       2.3", "vanishing-gradient.svg")),
          entry(
              "DecisionBoundary.java", List.of("            0      51 %", "decision-boundary.svg")),
          entry(
              "GradientPenalty.java",
              List.of("x³ at 2: 8.0, its derivatives 12.0, 12.0, 6.0", "step 400   distance")),
          entry("OptimizerRace.java", List.of("Adam ", "0.000000", "optimizer-race.svg")),
          entry("Overfitting.java", List.of("weight decay 5", "overfitting.svg")),
          entry(
              "ConstantInitialisation.java",
              List.of("with 1 different hidden units", "4 of 4 right, with 4")));

  static List<String> programs() throws IOException {
    try (Stream<Path> files = Files.list(EXAMPLES)) {
      return files
          .map(file -> file.getFileName().toString())
          .filter(name -> name.endsWith(".java"))
          .sorted()
          .toList();
    }
  }

  @ParameterizedTest
  @MethodSource("programs")
  void runs(String program, @TempDir Path folder) throws Exception {
    var output = folder.resolve("output");
    var process =
        new ProcessBuilder(command(program))
            .directory(folder.toFile())
            .redirectErrorStream(true)
            .redirectOutput(output.toFile())
            .start();
    boolean ended = process.waitFor(3, TimeUnit.MINUTES);
    if (!ended) {
      process.destroyForcibly().waitFor();
    }
    var text = Files.readString(output);
    assertTrue(ended, () -> "still running after 3 minutes:\n" + text);
    assertEquals(0, process.exitValue(), text);
    for (var figure : FIGURES.getOrDefault(program, List.of())) {
      assertTrue(text.contains(figure), () -> "no \"" + figure + "\" in\n" + text);
    }
    assertTrue(
        Files.readString(EXAMPLES.resolve("README.md")).contains("(" + program + ")"),
        "examples/README.md does not name it");
    if (program.equals("ComputationalGraph.java")) {
      var picture = Files.readString(folder.resolve("runs/computational-graph.svg"));
      assertTrue(picture.contains(">−12</text>"), picture);
    }
  }

  private static List<String> command(String program) throws IOException {
    var command = new ArrayList<String>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("-Xmx1g", "-Dstdout.encoding=UTF-8", "-Dfile.encoding=UTF-8"));
    for (var line : Files.readAllLines(EXAMPLES.resolve("options"))) {
      if (!line.startsWith("#")) {
        command.addAll(List.of(line.split(" ", 2)));
      }
    }
    replace(command, "app/target/fovea/lib", System.getProperty("jdk.module.path"));
    replace(command, "app/target/fovea/resources/*", System.getProperty("java.class.path"));
    command.add(EXAMPLES.resolve(program).toString());
    return command;
  }

  private static void replace(List<String> command, String option, String value) {
    int at = command.indexOf(option);
    assertTrue(at >= 0, "examples/options has no " + option);
    command.set(at, value);
  }
}
