package fovea.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import fovea.vision.run.RunRecord;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Baselines through the same commands as networks; cross-validation; comparisons.
final class BaselinesCommandTest {
  @TempDir private Path folder;

  @ParameterizedTest
  @ValueSource(strings = {"knn:3", "nearest-mean", "svm", "hog-svm"})
  void trainEvaluatePredict(String name) throws IOException {
    var data = Cli.images(folder.resolve("data"), 8, 8);
    var run = folder.resolve("run");
    assertEquals(0, Cli.run("summary", name).code());
    var trained = Cli.run("train", name, data, "--out", run);
    assertEquals(0, trained.code(), trained.err());
    assertTrue(trained.out().contains("\nfitted in "), trained.out());
    assertTrue(Files.readString(run.resolve("report.html")).contains("id=\"measures\""));
    assertEquals(RunRecord.Status.FINISHED, RunRecord.read(run).status());

    var evaluated = Cli.run("evaluate", run);
    assertEquals(0, evaluated.code(), evaluated.err());
    if (!name.equals("hog-svm")) { // in this noise there are no edges to see
      assertTrue(evaluated.out().startsWith("100.00 % of 16 test images right"), evaluated.out());
    }
    assertTrue(evaluated.out().contains("calibration error"), evaluated.out());
    var predicted = Cli.run("predict", run, data.resolve("test/dark/0.png"));
    assertEquals(0, predicted.code(), predicted.err());
  }

  @Test
  void whatOnlyNetworksHaveIsRefused() throws IOException {
    var data = Cli.images(folder.resolve("data"), 8, 3);
    var e = Cli.run("train", "knn:1", data, "--epochs", "3").error();
    assertTrue(e.startsWith("knn:1 is fitted at once, not trained step by step"), e);
    assertEquals(2, Cli.run("train", "linear", data, "--folds", "1").code());
    assertTrue(Cli.run("models").out().contains("nearest-mean"));
  }

  @Test
  void preprocessingIsKeptAndApplied() throws IOException {
    var data = Cli.images(folder.resolve("data"), 8, 12);
    var run = folder.resolve("run");
    var trained =
        Cli.run("train", "linear", data, "--preprocess", "zca", "--epochs", "4", "--out", run);
    assertEquals(0, trained.code(), trained.err());
    assertTrue(Files.exists(run.resolve("preprocessing.safetensors")));
    assertTrue(Files.readString(run.resolve("run.json")).contains("\"scaling\" : \"zca\""));
    var report = Files.readString(run.resolve("report.html"));
    assertTrue(report.contains("whitened (ZCA)") && report.contains("--preprocess zca"));
    // Read back from its files, the model says what it said when it was trained.
    var evaluated = Cli.run("evaluate", run, "--json").json();
    assertEquals(RunRecord.read(run).figures().testLoss(), evaluated.get("loss").asDouble());
    assertEquals(0, Cli.run("predict", run, data.resolve("test/light/0.png")).code());
    Files.delete(run.resolve("preprocessing.safetensors"));
    var lost = Cli.run("predict", run, data.resolve("test/light/0.png")).error();
    assertTrue(lost.contains("preprocessing.safetensors"), lost);
  }

  @Test
  void crossValidationGoesOnWhereItStood() throws IOException {
    var data = Cli.images(folder.resolve("data"), 8, 9);
    var run = folder.resolve("run");
    Object[] command = {
      "train", "linear", data, "--folds", "3", "--epochs", "2", "--out", run, "--quiet", "--json"
    };
    var first = Cli.run(command);
    assertEquals(0, first.code(), first.err());
    assertEquals(3, first.json().get("accuracies").size());
    assertEquals(4, Files.readAllLines(run.resolve("folds.csv")).size());
    var weights = Files.getLastModifiedTime(run.resolve("fold-1/model.safetensors"));
    var deleted = run.resolve("fold-3");
    try (var files = Files.list(deleted)) {
      for (var file : files.toList()) {
        Files.delete(file);
      }
    }
    var again = Cli.run(command);
    assertEquals(first.json(), again.json());
    assertEquals(
        weights, Files.getLastModifiedTime(run.resolve("fold-1/model.safetensors")), "kept");
    var fold = Cli.run("evaluate", run.resolve("fold-2"), "--json");
    assertEquals(0, fold.code(), fold.err());
    assertEquals("", fold.err(), "its own data are found again");
    assertEquals(first.json().get("accuracies").get(1), fold.json().get("accuracy"));
    var text =
        Cli.run("train", "knn:1", data, "--folds", "2", "--quiet", "--out", folder.resolve("k"));
    assertTrue(text.out().contains("% right, deviation"), text.out());
  }

  @Test
  void compare() throws IOException {
    var data = Cli.images(folder.resolve("data"), 8, 12);
    var a = folder.resolve("a");
    var b = folder.resolve("b");
    assertEquals(0, Cli.run("train", "knn:1", data, "--out", a, "--quiet").code());
    assertEquals(0, Cli.run("train", "nearest-mean", data, "--out", b, "--quiet").code());
    var text = Cli.run("compare", a, b);
    assertEquals(0, text.code(), text.err());
    assertTrue(text.out().contains("McNemar's test: p = 1.000"), text.out());
    assertTrue(text.out().contains("do not tell which is better"), text.out());
    var json = Cli.run("compare", a, b, "--json").json();
    assertEquals(24, json.get("both").asInt());
    assertFalse(json.get("significant").asBoolean());

    var others = Cli.images(folder.resolve("others"), 8, 5);
    var c = folder.resolve("c");
    assertEquals(0, Cli.run("train", "knn:1", others, "--out", c, "--quiet").code());
    assertTrue(Cli.run("compare", a, c).error().contains("learned from different data"));
    assertEquals(0, Cli.run("compare", a, c, others).code());
  }

  @Test
  void testImagesThatWereLearnedFromAreNamed() throws IOException {
    var data = Cli.images(folder.resolve("data"), 8, 6);
    Files.copy(
        data.resolve("train/dark/2.png"),
        data.resolve("test/dark/4.png"),
        StandardCopyOption.REPLACE_EXISTING);
    var leaky = Cli.run("train", "knn:1", data, "--quiet", "--out", folder.resolve("run"));
    assertEquals(0, leaky.code());
    assertTrue(leaky.err().startsWith("warning: 1 image of what data is judged by"), leaky.err());
    assertTrue(leaky.err().contains("4.png") && leaky.err().contains("2.png"), leaky.err());
  }
}
