package fovea.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import fovea.core.tensor.Precision;
import fovea.vision.image.Image;
import fovea.vision.image.Images;
import fovea.vision.run.RunRecord;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// From images to a trained network and what it says of new images.
final class WorkflowTest {
  @TempDir private Path folder;

  @Test
  void trainEvaluatePredict() throws IOException {
    var data = Cli.images(folder.resolve("data"), 8, 20);
    var run = folder.resolve("run");

    var trained =
        Cli.run(
            "train",
            "linear",
            data,
            "--epochs",
            "3",
            "--rate",
            "0.02",
            "--out",
            run,
            "--seed",
            "5");
    assertEquals(0, trained.code(), trained.err());
    var first = trained.err().lines().findFirst().orElseThrow();
    assertEquals(
        "training linear (130 parameters) on data (36 training images, 8×8 grey, 2 classes) in "
            + run,
        first);
    assertTrue(
        trained.err().lines().anyMatch(l -> l.matches(" +3/3 +\\d.* % +\\d.* % +\\d.* s.*")),
        trained.err());
    assertTrue(
        trained.out().matches("(?s)100.00 % of 40 test images right, loss .*"), trained.out());
    assertTrue(trained.out().contains("report: " + run.resolve("report.html")), trained.out());
    for (var file :
        List.of(
            "model.safetensors", "run.json", "history.csv", "report.html", "last.safetensors")) {
      assertTrue(Files.exists(run.resolve(file)), file);
    }
    assertFalse(Files.exists(run.resolve(".lock")), "the lock is gone");

    var evaluated = Cli.run("evaluate", run);
    assertEquals(0, evaluated.code());
    assertEquals("", evaluated.err());
    assertTrue(evaluated.out().startsWith("100.00 % of 40 test images right"), evaluated.out());
    assertTrue(
        evaluated
            .out()
            .lines()
            .anyMatch(l -> l.matches("dark +20 +100.00 % +100.00 % +100.00 % +1.0000")),
        evaluated.out());

    var predicted =
        Cli.run("predict", run, data.resolve("test/dark/0.png"), data.resolve("test/light/1.png"));
    assertEquals(0, predicted.code());
    var lines = predicted.out().lines().toList();
    assertTrue(lines.get(0).matches(".*0\\.png +dark +\\d+\\.\\d\\d % +light .*"), lines.get(0));
    assertTrue(lines.get(1).matches(".*1\\.png +light +\\d+\\.\\d\\d % +dark .*"), lines.get(1));

    assertTrue(
        Cli.run("summary", run).out().startsWith("linear on images of 8×8 grey, 2 classes"),
        "a summary of the run's own network");
  }

  @Test
  void json() throws IOException {
    var data = Cli.images(folder.resolve("data"), 8, 4);
    var run = folder.resolve("run");
    var train =
        Cli.run("train", "mlp:5", data, "--epochs", "2", "--seed", "9", "--out", run, "--json");
    assertEquals(0, train.code(), train.err());
    assertEquals(1, train.out().lines().count());
    var evaluate = Cli.run("evaluate", run, "--json");
    assertEquals(1, evaluate.out().lines().count());
    for (var json : List.of(train.json(), evaluate.json())) {
      assertEquals("mlp:5", json.get("model").asString());
      assertEquals("data", json.get("data").asString());
      assertTrue(json.get("accuracy").isNumber() && json.get("loss").isNumber(), json.toString());
      assertTrue(json.get("seconds").asDouble() > 0, json.toString());
      assertEquals(9, json.get("seed").asInt());
      assertEquals(run.toString(), json.get("run").asString());
    }
    assertEquals("finished", train.json().get("status").asString());
    assertEquals(train.json().get("accuracy"), evaluate.json().get("accuracy"));
    assertEquals("[[4,0],[0,4]]".length(), evaluate.json().get("confusion").toString().length());

    var predict = Cli.run("predict", run, data.resolve("test/dark/0.png"), "--json", "--top", "1");
    var image = predict.json().get("images").get(0);
    assertEquals(data.resolve("test/dark/0.png").toString(), image.get("image").asString());
    assertEquals(1, image.get("predictions").size());
  }

  @Test
  void sameSeedSameBits() throws IOException {
    var data = Cli.images(folder.resolve("data"), 8, 6);
    var files =
        List.of("0", "0", "1").stream()
            .map(
                seed -> {
                  var run = RunFolder.make(folder, "run");
                  run.close();
                  assertEquals(
                      0,
                      Cli.run(
                              "train",
                              "mlp",
                              data,
                              "--epochs",
                              "2",
                              "--seed",
                              seed,
                              "--out",
                              run.path())
                          .code());
                  return run.path().resolve("model.safetensors");
                })
            .toList();
    assertEquals(-1, Files.mismatch(files.get(0), files.get(1)));
    assertTrue(Files.mismatch(files.get(0), files.get(2)) >= 0, "another seed, other bits");
  }

  @Test
  void aFinishedRunIsNotTrainedAgain() throws IOException {
    var data = Cli.images(folder.resolve("data"), 8, 3);
    var run = folder.resolve("run");
    assertEquals(0, Cli.run("train", "linear", data, "--epochs", "1", "--out", run).code());
    assertEquals(
        run + " has finished; there is nothing to go on with",
        Cli.run("train", "--resume", run).error());
    var again = Cli.run("train", "linear", data, "--epochs", "1", "--out", run, "--quiet");
    assertTrue(again.error().contains("finished; choose another folder"), again.err());
    var other = Cli.run("train", "linear", data, "--epochs", "2", "--out", run, "--quiet");
    assertTrue(other.error().contains("holds another run"), other.err());
  }

  @Test
  void changedDataAreNoticed() throws IOException {
    var data = Cli.images(folder.resolve("data"), 8, 3);
    var run = folder.resolve("run");
    assertEquals(0, Cli.run("train", "linear", data, "--epochs", "1", "--out", run).code());
    Images.writePng(new Image(8, 8, 1, new byte[64]), data.resolve("test/light/1.png"));

    var evaluated = Cli.run("evaluate", run);
    assertEquals(0, evaluated.code());
    assertTrue(evaluated.err().startsWith("warning: "), evaluated.err());
    assertTrue(evaluated.err().contains("has changed since " + run), evaluated.err());

    var record = run.resolve("run.json");
    Files.writeString(record, Files.readString(record).replace("FINISHED", "INTERRUPTED"));
    assertTrue(
        Cli.run("train", "--resume", run).error().contains("is not what it was when"), "resume");
  }

  @Test
  void notesOfTheDataAreShown() throws IOException {
    var data = Cli.images(folder.resolve("data"), 8, 10);
    var result =
        Cli.run(
            "train",
            "linear",
            data.resolve("train"),
            "--epochs",
            "1",
            "--out",
            folder.resolve("run"));
    assertEquals(0, result.code(), result.err());
    assertTrue(result.err().contains("note: There is no test folder"), result.err());
  }

  @Test
  void sizeAndChannels() throws IOException {
    var data = Cli.images(folder.resolve("data"), 16, 3);
    var run = folder.resolve("run");
    var result =
        Cli.run(
            "train",
            "linear",
            data,
            "--epochs",
            "1",
            "--size",
            "12x10",
            "--colour",
            "--optimizer",
            "sgd",
            "--nesterov",
            "--schedule",
            "constant",
            "--out",
            run);
    assertEquals(0, result.code(), result.err());
    assertTrue(result.err().contains("12×10 colour"), result.err());
    assertTrue(
        Files.readString(run.resolve("run.json"))
            .replaceAll("\\s", "")
            .contains(
                "\"rule\":{\"name\":\"sgd\",\"rate\":0.02,\"momentum\":0.9,\"nesterov\":true"),
        "the settings are kept");
  }

  @Test
  void precisionIsKeptWithTheRun() throws IOException {
    var run = folder.resolve("run");
    var result =
        Cli.run(
            "train",
            "linear",
            "digits",
            "--precision",
            "bf16",
            "--epochs",
            "1",
            "--out",
            run,
            "--quiet");
    assertEquals(0, result.code(), result.err());
    boolean fast = Precision.BF16.isFast();
    assertEquals(
        fast
            ? ""
            : "warning: bf16 would be slower than f32 on this machine, so training is in f32\n",
        result.err());
    assertEquals(fast ? Precision.BF16 : Precision.F32, RunRecord.read(run).settings().precision());
    assertTrue(
        Files.readString(run.resolve("run.json"))
            .contains("\"precision\" : \"" + (fast ? "bf16" : "f32") + '"'),
        "by its name");
  }

  @Test
  void twoFoldersAtOnce() {
    try (var a = RunFolder.make(folder, "run");
        var b = RunFolder.make(folder, "run")) {
      assertEquals(folder.resolve("run-1"), a.path());
      assertEquals(folder.resolve("run-2"), b.path());
    }
    assertFalse(Files.exists(folder.resolve("run-1")), "unused folders are not left behind");
  }

  @Test
  void aFolderInUseIsLeftAlone() throws IOException {
    var data = Cli.images(folder.resolve("data"), 8, 3);
    try (var held = RunFolder.at(folder.resolve("run"))) {
      assertEquals(
          held.path() + " is in use: another process trains there",
          Cli.run("train", "linear", data, "--out", held.path(), "--quiet").error());
    }
  }
}
