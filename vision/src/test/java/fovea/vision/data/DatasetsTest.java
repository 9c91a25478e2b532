package fovea.vision.data;

import static fovea.vision.data.Samples.fails;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import fovea.core.UnknownNameException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DatasetsTest {

  @TempDir Path dir;

  @Test
  void names() {
    assertTrue(Datasets.names().contains("digits"));
    for (var name : Datasets.names()) {
      assertTrue(Datasets.describe(name).length() > 20);
    }
    assertThrows(UnknownNameException.class, () -> Datasets.describe("digit"));
  }

  @Test
  void unknownNames() {
    for (var name : new String[] {"digitz", "", "a\0b"}) {
      assertThrows(UnknownNameException.class, () -> Datasets.open(name));
    }
    fails(() -> Datasets.open("digitz"), "did you mean digits?");
  }

  @Test
  void nothingThere() {
    var path = dir.resolve("none/at/all");
    fails(
        () -> Datasets.open(path.toString()),
        "nothing lies at " + path,
        "exists as far as " + dir,
        "digits");
    fails(() -> Datasets.open("./digits"), "nothing lies at ./digits");
    fails(() -> Datasets.open("none.zip"), "nothing lies at none.zip");
    fails(() -> Datasets.open(path), "nothing lies at ");
  }

  @Test
  void filesOfOtherKinds() throws IOException {
    var file = dir.resolve("file");
    Files.write(file, Samples.png(0));
    fails(() -> Datasets.open(file), file + " is a single image");
    Files.write(file, Samples.idxImages(1));
    fails(() -> Datasets.open(file), file + " looks like an IDX file; give the folder");
    Files.write(file, Samples.gzip(Samples.idxImages(1)));
    fails(() -> Datasets.open(file), file + " is packed by gzip");
    Files.writeString(file, "a,b\n");
    fails(() -> Datasets.open(file), file + " is no data set; what works: ");
    Files.write(file, new byte[0]);
    fails(() -> Datasets.open(file), file + " is no data set; what works: ");
  }

  @Test
  void zipIsKnownByItsContents() throws IOException {
    var file = Samples.zip(dir.resolve("pets.data"), Samples.twoClassesAnd());
    assertEquals("pets.data", Datasets.open(file.toString()).name());
  }
}
