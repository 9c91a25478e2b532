package fovea.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import fovea.vision.image.Image;
import fovea.vision.image.Images;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AugmentCommandTest {
  @TempDir private Path folder;
  private Path image;
  private Path sheet;

  @BeforeEach
  void draw() {
    image = folder.resolve("image.png");
    sheet = folder.resolve("sheet.png");
    var pixels = new byte[30 * 40 * 3];
    for (int i = 0; i < pixels.length; i++) {
      pixels[i] = (byte) (i / 12 % 200);
    }
    Images.writePng(new Image(30, 40, 3, pixels), image);
  }

  @Test
  void drawsARowForEachKindOfStep() {
    var result = Cli.run("augment", image, "--out", sheet, "--boxes", "5,5,20,15");
    assertEquals(0, result.code(), result.err());
    assertEquals("drawn into " + sheet + "\n", result.err());
    assertTrue(result.out().startsWith("row 1: flip:p=0.5\n"), result.out());
    long rows = result.out().lines().count();
    // Tiles of 120×160 with 4 pixels between them.
    var drawn = Images.read(sheet);
    assertEquals(rows * 124 + 4, drawn.height());
    assertEquals(8 * 164 + 4, drawn.width());
    // The box's left border in the first tile, which shows the image itself.
    int at = ((4 + 40) * drawn.width() + 4 + 20) * 3;
    assertEquals(255, drawn.pixels()[at] & 0xFF);
    assertEquals(40, drawn.pixels()[at + 1] & 0xFF);
  }

  @Test
  void theSameSeedDrawsTheSameSheet() throws IOException {
    Cli.run("augment", image, "--steps", "rotate+mixup", "--out", sheet);
    var first = Files.readAllBytes(sheet);
    Cli.run("augment", image, "--steps", "rotate+mixup", "--out", sheet);
    assertEquals(-1, Arrays.mismatch(first, Files.readAllBytes(sheet)));
    Cli.run("augment", image, "--steps", "rotate+mixup", "--out", sheet, "--seed", 1);
    assertFalse(Arrays.equals(first, Files.readAllBytes(sheet)));
  }

  @Test
  void listsStepsAndPresets() {
    var lines = Cli.run("augment", "--list").out().lines().toList();
    assertTrue(lines.contains("rotate:degrees=15,p=1"), lines.toString());
    assertTrue(lines.contains("cifar = crop:pad=4+flip"), lines.toString());
  }

  @Test
  void saysWhatIsWrong() {
    check(
        "augment needs an image; fovea augment --list lists the steps. See fovea augment --help.",
        2,
        "augment");
    check(
        "no augmentation is called \"rotat\"; did you mean rotate? See fovea augment --list.",
        2,
        "augment",
        image,
        "--steps",
        "rotat");
    check(
        "rotate: degrees lies in [0, 180], not at 200. See fovea augment --help.",
        2,
        "augment",
        image,
        "--steps",
        "rotate:200");
    check(
        "a box is left,top,right,bottom in pixels, as in 48,24,195,171, not 1,2,3. See fovea augment --help.",
        2,
        "augment",
        image,
        "--boxes",
        "1,2,3");
    check(
        "no augmentation is called \"flop\"; did you mean flip or crop? See fovea augment --list.",
        2,
        "train",
        "--augment",
        "flop");
    check(
        "there are from 0 to 1024 workers, not -1. See fovea train --help.",
        2,
        "train",
        "--workers",
        "-1");
  }

  private static void check(String message, int code, Object... command) {
    var result = Cli.run(command);
    assertEquals(message, result.error());
    assertEquals(code, result.code());
  }

  @Test
  void trainsWithAugmentationLeavesOutBrokenImagesAndSaysHowLongItWaited() throws IOException {
    var data = Cli.images(folder.resolve("data"), 16, 6);
    Files.writeString(data.resolve("train").resolve("dark").resolve("0.png"), "no image");
    var run = folder.resolve("run");
    var failed =
        Cli.run("train", "linear", data, "--epochs", 1, "--quiet", "--out", folder.resolve("x"));
    assertEquals(1, failed.code());
    assertTrue(failed.err().contains("0.png"), failed.err());
    Cli.cut(data.resolve("train").resolve("dark").resolve("1.png"), 20);
    Files.delete(data.resolve("train").resolve("dark").resolve("0.png"));
    var result =
        Cli.run(
            "train",
            "linear",
            data,
            "--epochs",
            2,
            "--quiet",
            "--out",
            run,
            "--skip-broken",
            "--augment",
            "cifar+rotate",
            "--workers",
            1,
            "--cache",
            "disk");
    assertEquals(0, result.code(), result.err());
    assertTrue(result.err().contains("1.png"), result.err());
    assertTrue(result.out().contains("waited for images "), result.out());
    assertTrue(Files.readString(run.resolve("run.json")).contains("\"crop:pad=4+flip+rotate\""));
    assertEquals(0, Cli.run("evaluate", run).code());
  }
}
