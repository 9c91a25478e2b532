package fovea.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import fovea.vision.image.Image;
import fovea.vision.image.Images;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class InspectCommandTest {
  @TempDir Path dir;

  @BeforeEach
  void images() throws IOException {
    int value = 0;
    for (var name : new String[] {"train/ä/1", "train/b/1", "test/ä/1", "test/b/1"}) {
      var file = dir.resolve(name + ".png");
      Files.createDirectories(file.getParent());
      var pixels = new byte[12];
      pixels[0] = (byte) (value++ % 3);
      Images.writePng(new Image(3, 4, 1, pixels), file);
    }
  }

  @Test
  void text() {
    var sheet = dir.resolve("sheet.png");
    var run = Cli.run("datasets", "inspect", dir.toString(), "--sheet", sheet.toString());
    assertEquals(0, run.code(), run.err());
    assertTrue(run.out().contains("for classification, 2 classes"), run.out());
    assertTrue(run.out().contains("train/ä/1.png = test/b/1.png"), run.out());
    assertEquals(3, Images.read(sheet).channels());
  }

  @Test
  void json() {
    var json = Cli.run("datasets", "inspect", dir.toString(), "--json").json();
    assertEquals("classification", json.get("task").asString());
    var train = json.get("parts").get("train");
    assertEquals(2, train.get("images").asInt());
    assertEquals(1, train.get("perClass").get("b").get("images").asInt());
    assertEquals(1, json.get("overlaps").size());
  }

  @Test
  void mistakes() {
    var none = Cli.run("datasets", "inspect", "./none");
    assertEquals(1, none.code());
    assertTrue(none.err().contains("nothing lies at ./none"), none.err());
    assertEquals(2, Cli.run("datasets", "inspect").code());
    assertEquals(2, Cli.run("datasets", "inspekt").code());
  }
}
