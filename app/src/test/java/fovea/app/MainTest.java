package fovea.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import fovea.core.Version;
import fovea.core.tensor.Precision;
import fovea.vision.model.Models;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class MainTest {
  @ParameterizedTest
  @ValueSource(
      strings = {
        "train",
        "evaluate",
        "compare",
        "predict",
        "summary",
        "graph",
        "models",
        "datasets",
        "run",
        "bench",
        "doctor",
        "completion",
        "help"
      })
  void everyCommandHasHelpWithAnExample(String command) {
    var result = Cli.run(command, "--help");

    assertEquals(0, result.code());
    assertEquals("", result.err());
    assertTrue(result.out().contains("Usage: fovea " + command), result.out());
    assertTrue(
        result.out().lines().anyMatch(line -> line.startsWith("  fovea " + command)),
        "an example of " + command);
    assertTrue(result.out().lines().allMatch(line -> line.length() <= 100), result.out());
    assertTrue(Cli.run("--help").out().contains("\n  " + command + " "), "in the list");
  }

  @Test
  void helpOfAllSaysWhatThereIs() {
    var help = Cli.run("--help");

    assertEquals(0, help.code());
    assertTrue(help.out().contains("Examples:"), help.out());
    assertTrue(
        help.out().contains("Exit codes: 0 done, 1 failed, 2 wrong usage, 130 interrupted."));
    assertEquals(help.out(), Cli.run("help").out());
    assertEquals(Cli.run("train", "--help").out(), Cli.run("help", "train").out());
  }

  @ParameterizedTest
  @ValueSource(strings = {"optimizers", "schedules", "losses", "initialisers"})
  void whatOptionsMayBeIsListed(String topic) {
    var result = Cli.run("help", topic);
    assertEquals(0, result.code(), result.err());
    assertTrue(result.out().contains("\n  fovea train lenet5 digits --"), result.out());
    assertTrue(result.out().lines().allMatch(line -> line.length() <= 100), result.out());
    var help = Cli.run("train", "--help").out().replaceAll("\\s+", " ");
    assertTrue(help.contains("fovea help " + topic), topic);
    assertEquals(
        "no command or topic is called \"optimisers\"; did you mean optimizers? See fovea help.",
        Cli.run("help", "optimisers").error());
  }

  @Test
  void withoutACommandThereIsHelpButOnStandardError() {
    var result = Cli.run();

    assertEquals(2, result.code());
    assertEquals("", result.out());
    assertTrue(result.err().contains("Commands:"), result.err());
  }

  @ParameterizedTest
  @ValueSource(strings = {"--version", "-V"})
  void version(String option) {
    assertEquals("fovea " + Version.current() + System.lineSeparator(), Cli.run(option).out());
  }

  @Test
  void wrongUsageIsOneLineAndCode2() {
    assertWrong("unknown command trian; did you mean train? See fovea --help.", "trian");
    assertWrong("unknown option --quick. See fovea --help.", "--quick");
    assertWrong(
        "unknown option --epoch; did you mean --epochs? See fovea train --help.",
        "train",
        "--epoch",
        "3");
    assertWrong(
        "invalid value for option '--epochs': 'few' is not an int. See fovea train --help.",
        "train",
        "--epochs",
        "few");
    assertWrong(
        "training takes at least 1 epoch and 1 image a batch, not 0 and 64. See fovea train --help.",
        "train",
        "--epochs",
        "0");
    assertWrong("missing required parameter: 'RUN'. See fovea evaluate --help.", "evaluate");
    assertWrong(
        "missing required parameter: 'IMAGE'. See fovea predict --help.", "predict", "runs/a");
    assertWrong("unexpected argument c. See fovea train --help.", "train", "linear", "digits", "c");
  }

  @Test
  void valuesOfOptionsAreChecked() {
    var see = " See fovea train --help.";
    assertWrong(
        "SGD takes a rate above 0, momentum in [0, 1) and decay of at least 0, not 0.0, 0.9, 0.0."
            + see,
        "train",
        "--optimizer",
        "sgd",
        "--rate",
        "0");
    assertWrong(
        "no option of adam is called \"nesterov\"; known: rate, beta1, beta2, eps, weight-decay, amsgrad. See fovea help optimizers.",
        "train",
        "--nesterov");
    assertWrong(
        "the warm-up is a share in [0, 1), not 1.1." + see,
        "train",
        "--schedule",
        "constant",
        "--warmup",
        "1.1");
    assertWrong(
        "no loss is called \"fokal\"; did you mean focal? See fovea help losses.",
        "train",
        "--loss",
        "fokal");
    assertWrong(
        "--patience goes by the validation images, of which --validation 0 leaves none." + see,
        "train",
        "--patience",
        "2",
        "--validation",
        "0");
    assertWrong(
        "a group is written NAMES=RULE, as in *.bias=sgd, not \"bias\"." + see,
        "train",
        "--group",
        "bias");
    assertWrong("--grey and --colour exclude each other." + see, "train", "--grey", "--colour");
    assertTrue(
        Cli.run("train", "--size", "28by28").error().contains("'28by28' is no size"), "no size");
    assertWrong(
        "no optimizer is called \"lyon\"; did you mean lion or muon? See fovea help optimizers.",
        "train",
        "--optimizer",
        "lyon");
    assertWrong(
        "invalid value for option '--precision': 'f16' is none of f32, bf16." + see,
        "train",
        "--precision",
        "f16");
    assertWrong(
        "--resume goes on with the run's own model, data and settings; leave out --epochs." + see,
        "train",
        "--resume",
        "runs/a",
        "--epochs",
        "3");
    assertWrong(
        "--resume goes on with the run's own model, data and settings; leave out MODEL." + see,
        "train",
        "linear",
        "--resume",
        "runs/a");
    assertWrong(
        "--top names at least 1 class, not 0. See fovea predict --help.",
        "predict",
        "runs/a",
        "b.png",
        "--top",
        "0");
  }

  @Test
  void unknownNamesComeWithTheNearest() {
    assertWrong(
        "no model is called \"lenet\"; did you mean lenet5? See fovea models.", "train", "lenet");
    assertWrong(
        "no model is called \"linaer\"; did you mean linear? See fovea models.",
        "summary",
        "linaer");
    assertWrong("no model is called \"mpl\"; did you mean mlp? See fovea models.", "graph", "mpl");
    assertWrong(
        "no dataset is called \"digit\"; did you mean digits? See fovea datasets.",
        "train",
        "linear",
        "digit");
    assertWrong(
        "mlp:3,x does not name hidden layers; write their widths, as in mlp:300,100. See fovea train --help.",
        "train",
        "mlp:3,x");
    assertWrong(
        "digits is data; name the model before it, as in: train lenet5 digits. See fovea train --help.",
        "train",
        "digits");
  }

  private static void assertWrong(String message, Object... args) {
    var result = Cli.run(args);
    assertEquals(message, result.error());
    assertEquals(2, result.code());
    assertEquals("", result.out());
  }

  @Test
  void noStackTraceUnlessAskedFor() {
    var plain = Cli.run("predict", "no/such/run", "a.png");
    assertEquals("there is no run at no/such/run", plain.error());
    assertEquals(1, plain.code());

    var debug = Cli.run("predict", "no/such/run", "a.png", "--debug");
    assertEquals(1, debug.code());
    assertTrue(debug.err().startsWith("fovea: there is no run at no/such/run"), debug.err());
    assertTrue(debug.err().contains("\tat fovea."), debug.err());
    assertTrue(
        Cli.run("--debug", "predict", "no/such/run", "a.png").err().contains("\tat fovea."),
        "wherever it stands");
  }

  @Test
  void completionIsAScriptThatKnowsCommandsAndNames(@TempDir Path folder) throws Exception {
    for (var shell : Set.of("bash", "zsh")) {
      var result = Cli.run("completion", shell);
      assertEquals(0, result.code());
      assertTrue(result.out().contains("complete -F _complete_fovea"), result.out());
      assertTrue(result.out().contains("lenet5"), "names of models");
      assertTrue(result.out().contains("--weight-decay"), "options");
    }
    var script = folder.resolve("fovea.bash");
    Files.writeString(script, Cli.run("completion", "bash").out());
    var check = new ProcessBuilder("bash", "-n", script.toString()).inheritIO().start();
    assertEquals(0, check.waitFor());
  }

  @Test
  void lists() {
    var models = Cli.run("models");
    assertEquals(0, models.code());
    assertTrue(models.out().contains("lenet5"), models.out());
    assertEquals(
        Models.kinds().stream().map(Models.Kind::name).collect(Collectors.toSet()),
        Cli.run("models", "--json")
            .json()
            .get("models")
            .valueStream()
            .map(m -> m.get("name").asString())
            .collect(Collectors.toSet()));
    assertTrue(Cli.run("datasets").out().contains("digits"), "digits");
    assertEquals(
        "digits",
        Cli.run("datasets", "--json").json().get("datasets").get(0).get("name").asString());
  }

  @Test
  void summary() {
    var text = Cli.run("summary", "lenet5");
    assertEquals(0, text.code());
    assertTrue(
        text.out()
            .lines()
            .anyMatch(l -> l.matches("conv1 .* 1×28×28  →  6×28×28 +5×5 +1 +156 +117,600")),
        text.out());
    assertTrue(text.out().lines().anyMatch(l -> l.matches("total +61,706 +416,520")), text.out());

    assertTrue(
        text.out().lines().anyMatch(l -> l.matches("conv2 .* 14×14 +2 +2,416 .*")), text.out());
    assertTrue(text.out().lines().anyMatch(l -> l.matches("fc1 .* all +48,120 .*")), text.out());

    var json = Cli.run("summary", "linear", "--input", "3x8x9", "--classes", "4", "--json").json();
    assertEquals("linear", json.get("model").asString());
    assertEquals("[3,8,9]", json.get("input").toString());
    assertEquals(4, json.get("classes").asInt());
    assertEquals(3 * 8 * 9 * 4 + 4, json.get("parameters").asInt());
    assertEquals(3 * 8 * 9 * 4, json.get("multiplyAdds").asInt());

    assertEquals(
        "lenet5 needs images of at least 12×12 pixels, not 8×8",
        Cli.run("summary", "lenet5", "--input", "8").error());
  }

  @Test
  void summaryShowsWhatAUnitSees() {
    assertEquals(
        """
        the unit at (3, 4) of pool2, MaxPool2d(2×2, stride 2)
        rows     10 to 25, the centre at 17.5
        columns  14 to 29, the centre at 21.5; the image has 0 to 27, the rest is padding
        """,
        Cli.run("summary", "lenet5", "--unit", "pool2:3,4").out());
    assertEquals(
        "the units of fc1 see all of the image",
        Cli.run("summary", "lenet5", "--unit", "fc1:0,0").out().strip());
    assertWrong(
        "the network has no layer pool3. See fovea summary --help.",
        "summary",
        "lenet5",
        "--unit",
        "pool3:0,0");
    assertWrong(
        "pool2 gives 16×5×5, which has no unit pool2:5,0. See fovea summary --help.",
        "summary",
        "lenet5",
        "--unit",
        "pool2:5,0");
    assertWrong(
        "--unit takes a layer, a row and a column, as in conv1:3,4, not pool2. See fovea summary --help.",
        "summary",
        "lenet5",
        "--unit",
        "pool2");
  }

  @Test
  void summarySaysOrRefusesWhatDoesNotFit() {
    var said = Cli.run("summary", "lenet5", "--input", "1x30x31");
    assertEquals(0, said.code());
    assertTrue(
        said.out()
            .contains(
                "pool1: a 2×2 window at stride 2 does not fit 30×31 evenly: (31 − 2)/2 + 1 = 15.50; the last column is dropped"),
        said.out());
    var json = Cli.run("summary", "lenet5", "--input", "1x30x31", "--json").json();
    assertEquals(1, json.get("dropped").get(0).get("columns").asInt());
    assertEquals(5, json.get("layers").get(1).get("receptiveField").get(0).get("size").asInt());

    var refused = Cli.run("summary", "lenet5", "--input", "1x30x31", "--exact");
    assertEquals(
        "maxPool2d \"pool1\": a 2×2 window at stride 2 does not fit 30×31 evenly: (31 − 2)/2 + 1 = 15.50; the last column is left over",
        refused.error());
    assertEquals(0, Cli.run("summary", "lenet5", "--exact").code());
  }

  @Test
  void graph(@TempDir Path folder) throws Exception {
    var text = Cli.run("graph", "(x + y) * z", "x=-2", "y=5", "z=-4");
    assertEquals(0, text.code());
    assertTrue(text.out().lines().anyMatch(l -> l.matches("x = .* -2 +gradient -4")), text.out());
    assertTrue(text.out().lines().anyMatch(l -> l.matches(".* -12 +gradient 1")), text.out());
    assertEquals(0, Cli.run("graph", "--", "-x * x", "x=3").code());

    var svg = folder.resolve("graph.svg");
    assertEquals(0, Cli.run("graph", "lenet5", "--svg", svg).code());
    assertTrue(Files.readString(svg).contains("conv1.weight"), "parameters have names");

    assertWrong(
        "unknown option -x*x; before an expression that starts with a minus, write --. See fovea graph --help.",
        "graph",
        "-x*x",
        "x=3");
    assertWrong(
        "the value of x is no number: three. See fovea graph --help.", "graph", "x*x", "x=three");
    var wrong = Cli.run("graph", "x * * 2", "x=3");
    assertEquals(2, wrong.code());
    assertTrue(wrong.err().lines().toList().get(2).endsWith("^"), wrong.err());
    assertEquals(
        "cannot write " + folder.resolve("a/b.svg") + ": it does not exist",
        Cli.run("graph", "x", "x=1", "--svg", folder.resolve("a/b.svg")).error());
  }

  @Test
  void programsThatAreNotThere() {
    var result = Cli.run("run", "No.java", "--option", "of the program");
    assertEquals("cannot run No.java: there is no such file", result.error());
    assertEquals(1, result.code());
  }

  @Test
  void doctor() {
    var json = Cli.run("doctor", "--json").json();
    for (var name :
        Set.of(
            "fovea",
            "java",
            "os",
            "cpu",
            "cores",
            "kernels",
            "threads",
            "memoryBytes",
            "heapBytes",
            "tensorBytes",
            "fastBf16",
            "cache",
            "hints")) {
      assertTrue(json.has(name), name);
    }
    assertTrue(json.get("matmulGigaflops").asDouble() > 0, "matmul");
    assertTrue(json.get("lenet5StepsPerSecond").asDouble() > 0, "training");
    assertEquals(Precision.BF16.isFast(), json.get("fastBf16").asBoolean());
  }

  @Test
  void doctorSaysWhetherBfloat16IsWorthIt() {
    var result = Cli.run("doctor");

    assertEquals(0, result.code(), result.err());
    var line =
        result.out().lines().filter(l -> l.startsWith("bfloat16 ")).findFirst().orElseThrow();
    assertTrue(
        line.contains(
            Precision.BF16.isFast()
                ? "--precision bf16 is worth it"
                : "--precision bf16 would be slower than f32"),
        line);
  }

  @Test
  void whatAFewCharactersCannotSayIsSaidInOthers() {
    var out = new java.io.ByteArrayOutputStream();
    Main.run(
        Console.of(out, new java.io.ByteArrayOutputStream(), StandardCharsets.ISO_8859_1),
        "summary",
        "lenet5");
    var text = out.toString(StandardCharsets.ISO_8859_1);
    assertTrue(text.contains("1×28×28  ->  6×28×28"), text);
    assertFalse(text.contains("?"), text);
  }

  @Test
  void resultsThatNobodyWantsAreNoError() {
    assertEquals(0, runInto("Broken pipe").code());
    assertEquals("", runInto("Broken pipe").err());
  }

  @Test
  void resultsThatGetLostAre() {
    var result = runInto("No space left on device");
    assertEquals(1, result.code());
    assertEquals("cannot write the results: the disk is full", result.error());
  }

  private static Cli.Result runInto(String failure) {
    var broken =
        new java.io.OutputStream() {
          @Override
          public void write(int b) throws java.io.IOException {
            throw new java.io.IOException(failure);
          }
        };
    var err = new java.io.ByteArrayOutputStream();
    int code = Main.run(Console.of(broken, err, StandardCharsets.UTF_8), "models");
    return new Cli.Result(code, "", err.toString(StandardCharsets.UTF_8));
  }
}
