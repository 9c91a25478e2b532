package fovea.vision.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import fovea.vision.image.Image;
import fovea.vision.image.Images;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class InspectionTest {
  @TempDir Path dir;

  @Test
  void classesDuplicatesOverlapsAndBrokenFiles() throws IOException {
    Samples.tree(dir, Samples.twoClassesAnd("train/dog/2.png", "train/dog/3.png"));
    Files.write(dir.resolve("train/dog/2.png"), Images.png(new Image(6, 4, 3, new byte[72])));
    Files.copy(dir.resolve("train/cat/1.png"), dir.resolve("train/dog/9.png"));
    Files.copy(dir.resolve("train/cat/2.png"), dir.resolve("test/dog/8.png"));
    var bytes = Files.readAllBytes(dir.resolve("train/dog/3.png"));
    Files.write(dir.resolve("train/dog/3.png"), Arrays.copyOf(bytes, bytes.length - 20));
    var done = new AtomicLong();
    var found = Inspection.of(Datasets.open(dir), n -> done.accumulateAndGet(n, Math::max));
    assertEquals(9, done.get());
    var train = found.parts().get("train");
    assertEquals(6, train.images());
    assertArrayEquals(new long[] {2, 3}, train.perClass());
    assertArrayEquals(new int[] {2, 2, 6}, train.heights());
    assertArrayEquals(new int[] {2, 2, 4}, train.widths());
    assertEquals(4, train.grey());
    assertEquals(List.of("train/dog/3.png"), List.copyOf(train.broken().keySet()));
    assertTrue(train.broken().get("train/dog/3.png").contains("damaged PNG"));
    assertEquals(
        List.of(new Inspection.Same(List.of("train/cat/1.png", "train/dog/9.png"))),
        train.duplicates());
    assertEquals(
        List.of(new Inspection.Same(List.of("train/cat/2.png", "test/dog/8.png"))),
        found.overlaps());
    assertEquals(List.of(), train.things());
    // The values 0, 1, 1 and 2 of four grey images of 4 pixels, and 24 black ones of the fifth.
    double mean = (0 + 1 + 1 + 2) * 4 / 40.0 / 255;
    assertEquals(mean, train.mean()[0], 1e-12);
    assertEquals(mean, train.mean()[2], 1e-12);
    double squares = (0 + 1 + 1 + 4) * 4 / 40.0 / 255 / 255;
    assertEquals(Math.sqrt(squares - mean * mean), train.deviation()[1], 1e-12);
  }

  @Test
  void things() {
    var data = Shapes.usual().train(20).test(5).open();
    var train = Inspection.of(data, _ -> {}).parts().get("train");
    long things = 0;
    for (int i = 0; i < 20; i++) {
      things += data.train().annotations(i).instances().size();
    }
    assertEquals(things, train.things().stream().mapToLong(Inspection.Things::count).sum());
    assertEquals(things, train.things().stream().mapToLong(Inspection.Things::masks).sum());
    assertEquals(things, train.things().stream().mapToLong(Inspection.Things::keypoints).sum());
    var maps =
        Inspection.of(Shapes.usual().train(20).test(5).task(Task.SEGMENTATION).open(), _ -> {})
            .parts()
            .get("train");
    assertEquals(1, maps.things().stream().mapToDouble(Inspection.Things::share).sum(), 1e-9);
  }

  @Test
  void sheet() {
    var data = Shapes.usual().train(7).test(1).difficulty(0).open().train();
    var sheet = Sheet.of(data, 2, 3, 96);
    assertEquals("204×304 RGB", sheet.toString());
    // The outline of a box in its class's colour, at its place in the first image.
    var thing = data.annotations(0).instances().getFirst();
    int row = 4 + (int) thing.box().top();
    int column = 4 + (int) (thing.box().left() + thing.box().right()) / 2;
    int at = 3 * (row * 304 + column);
    int colour = data.palette().get(thing.label());
    assertEquals(colour >> 16, sheet.pixels()[at] & 0xFF);
    assertEquals(colour & 0xFF, sheet.pixels()[at + 2] & 0xFF);
    var digits = Sheet.of(Digits.open().test().subset(0, 1, 10, 11, 20), 10, 4, 28);
    assertEquals("324×132 RGB", digits.toString());
    assertThrows(IllegalArgumentException.class, () -> Sheet.of(data, 0, 3, 96));
    assertThrows(IllegalArgumentException.class, () -> Sheet.of(data, 1000, 1000, 960));
  }
}
