package fovea.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import fovea.vision.image.Image;
import fovea.vision.image.Images;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What cannot work ends with one clear sentence and exit code 1.
final class BadInputTest {
  @TempDir private Path folder;
  private Path out;

  @BeforeEach
  void chooseFolder() {
    out = folder.resolve("run");
  }

  @Test
  void truncatedGzip() throws IOException {
    var data = Cli.idx(folder.resolve("mnist"), 50, 50);
    var file = data.resolve("train-images-idx3-ubyte.gz");
    Cli.cut(file, 20);
    assertTrainingFails(data, file + " is cut short");
  }

  @Test
  void idxWithImpossibleSizes() throws IOException {
    var data = Cli.idx(folder.resolve("mnist"), 50, 50);
    var file = data.resolve("train-images-idx3-ubyte.gz");
    var bytes = Cli.idx(50, 28, 28);
    bytes[4] = 0x7F;
    Cli.gzip(file, bytes);
    assertTrainingFails(
        data,
        file + " is cut short, or its header is wrong: it declares 2130706482×28×28 elements");
  }

  @Test
  void labelsAndImagesOfDifferentCounts() throws IOException {
    var data = Cli.idx(folder.resolve("mnist"), 50, 49);
    assertTrainingFails(data, "50 images but train-labels-idx1-ubyte.gz 49 labels");
  }

  @Test
  void emptyClassFolder() throws IOException {
    var data = Cli.images(folder.resolve("data"), 16, 3);
    Files.createDirectories(data.resolve("train/medium"));
    assertTrainingFails(data, "medium");
  }

  @Test
  void textFileNamedPng() throws IOException {
    var data = Cli.images(folder.resolve("data"), 16, 3);
    var file = data.resolve("train/dark/9.png");
    Files.writeString(file, "I am no image.\n");
    assertTrainingFails(
        data, file + " is not an image of a known format (it starts with \"I am no i…\")");
  }

  @Test
  void imageOfOnePixel() throws IOException {
    var data = Cli.images(folder.resolve("data"), 16, 3);
    var file = data.resolve("train/dark/9.png");
    Images.writePng(new Image(1, 1, 1, new byte[1]), file);
    assertTrainingFails(data, "an image of 1×1 pixels is too small to be brought to ");
  }

  @Test
  void modelThatTheImagesDoNotSuit() throws IOException {
    var data = Cli.images(folder.resolve("data"), 8, 3);
    var result = Cli.run("train", "lenet5", data, "--out", out, "--quiet");
    assertEquals("lenet5 needs images of at least 12×12 pixels, not 8×8", result.error());
    assertEquals(1, result.code());
    assertFalse(Files.exists(out), "no folder is left behind");
  }

  @Test
  void nothingAtThePath() {
    assertTrainingFails(folder.resolve("nowhere"), "nothing lies at " + folder.resolve("nowhere"));
    assertFalse(Files.exists(out), "no folder is left behind");
  }

  @Test
  void runFolderThatCannotBeMade() throws IOException {
    var data = Cli.images(folder.resolve("data"), 8, 3);
    var file = Files.writeString(folder.resolve("file"), "in the way");
    out = file.resolve("run");
    assertTrainingFails(data, "cannot write to the run folder " + out + ": ");
    out = file;
    assertTrainingFails(data, file + " is a file; choose another folder with --out");
  }

  @Test
  void runFolderWithOtherThings() throws IOException {
    var data = Cli.images(folder.resolve("data"), 8, 3);
    out = data;
    assertTrainingFails(data, data + " is not empty and holds no run");
  }

  @Test
  void lossThatIsNoNumber() throws IOException {
    var data = Cli.images(folder.resolve("data"), 8, 3);
    var result =
        Cli.run("train", "mlp:16,16,16,16,16", data, "--rate", "1e9", "--out", out, "--quiet");
    assertTrue(result.error().startsWith("the loss became "), result.err());
    assertTrue(result.error().contains("try a lower learning rate than 1.0E9"), result.err());
    assertEquals(1, result.code());
    assertEquals("", result.out());
  }

  private void assertTrainingFails(Path data, String message) {
    var result = Cli.run("train", "linear", data, "--out", out, "--quiet");
    assertTrue(result.error().contains(message), result.err());
    assertEquals(1, result.code());
    assertEquals("", result.out());
  }

  // ---- runs

  private Path trained(String model, String name) throws IOException {
    var data = folder.resolve("data");
    if (!Files.exists(data)) {
      Cli.images(data, 8, 3);
    }
    var run = folder.resolve(name);
    var result = Cli.run("train", model, data, "--epochs", "1", "--out", run, "--quiet");
    assertEquals(0, result.code(), result.err());
    return run;
  }

  @Test
  void checkpointOfAnotherModel() throws IOException {
    var linear = trained("linear", "linear");
    var weights = linear.resolve("model.safetensors");
    Files.copy(
        trained("mlp:5", "mlp").resolve("model.safetensors"),
        weights,
        java.nio.file.StandardCopyOption.REPLACE_EXISTING);
    assertFails(weights + ": the weights are not of this model: ", "evaluate", linear);
  }

  @Test
  void weightsCutShort() throws IOException {
    var run = trained("linear", "linear");
    var weights = run.resolve("model.safetensors");
    Cli.cut(weights, 10);
    assertFails(weights.toString(), "predict", run, folder.resolve("data/test/dark/0.png"));
    Cli.cut(weights, (int) Files.size(weights) - 4);
    assertFails(weights.toString(), "evaluate", run);
  }

  @Test
  void checkpointCutShort() throws IOException {
    var run = trained("linear", "linear");
    var record = run.resolve("run.json");
    Files.writeString(record, Files.readString(record).replace("FINISHED", "INTERRUPTED"));
    Cli.cut(run.resolve("last.safetensors"), 10);
    assertFails(run.resolve("last.safetensors").toString(), "train", "--quiet", "--resume", run);
  }

  @Test
  void recordDamaged() throws IOException {
    var run = trained("linear", "linear");
    Cli.cut(run.resolve("run.json"), 30);
    assertFails(run.resolve("run.json") + " is damaged: ", "evaluate", run);
    Files.writeString(run.resolve("run.json"), "{}");
    assertFails(run.resolve("run.json") + " is damaged: ", "evaluate", run);
    Files.delete(run.resolve("run.json"));
    assertFails(run + " is not a run: it holds no run.json", "evaluate", run);
  }

  @Test
  void dataWithOtherClassesOrSizes() throws IOException {
    var run = trained("linear", "linear");
    assertFails("has the classes 0, 1, 2, 3 … (10)", "evaluate", run, "digits");
    var larger = Cli.images(folder.resolve("larger"), 9, 3);
    assertFails("takes images of 8×8 grey, but larger test has 9×9", "evaluate", run, larger);
    assertEquals(0, Cli.run("evaluate", run, larger, "--resize").code());
  }

  @Test
  void imagesThatCannotBeRead() throws IOException {
    var run = trained("linear", "linear");
    var good = folder.resolve("data/test/dark/0.png");
    var text = Files.writeString(folder.resolve("text.png"), "no image");
    var tiny = folder.resolve("tiny.png");
    Images.writePng(new Image(1, 1, 1, new byte[1]), tiny);
    assertFails(text + " is not an image of a known format", "predict", run, text);
    assertFails(
        "cannot read " + folder.resolve("no.png"), "predict", run, folder.resolve("no.png"));

    var mixed = Cli.run("predict", run, text, good, "--json");
    assertEquals(1, mixed.code());
    var images = mixed.json().get("images");
    assertTrue(images.get(0).get("error").asString().contains("text.png"), mixed.out());
    assertEquals(2, images.get(1).get("predictions").size());
  }

  private static void assertFails(String message, Object... args) {
    var result = Cli.run(args);
    assertTrue(result.error().contains(message), result.err());
    assertEquals(1, result.code());
  }
}
