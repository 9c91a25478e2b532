package fovea.vision.data;

import static fovea.vision.data.Samples.fails;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CifarTest {
  @TempDir Path dir;

  /// Records whose first red sample is their number, and the first green and blue ones follow.
  private static byte[] records(int labelBytes, int... labels) {
    var bytes = new byte[labels.length * (labelBytes + 3072)];
    for (int i = 0; i < labels.length; i++) {
      int at = i * (labelBytes + 3072) + labelBytes;
      bytes[at - 1] = (byte) labels[i];
      bytes[at] = (byte) i;
      bytes[at + 1024] = (byte) (i + 1);
      bytes[at + 2048] = (byte) (i + 2);
      bytes[at + 1] = 77;
    }
    return bytes;
  }

  private void ten() throws IOException {
    Files.writeString(dir.resolve("batches.meta.txt"), "cat\ndog\n\n");
    for (int i = 1; i <= 5; i++) {
      Files.write(dir.resolve("data_batch_" + i + ".bin"), records(1, 0, 1));
    }
    Files.write(dir.resolve("test_batch.bin"), records(1, 1));
  }

  @Test
  void cifar10() throws IOException {
    ten();
    var data = Datasets.open(dir);
    assertEquals(List.of("cat", "dog"), data.classes());
    assertEquals(10, data.train().size());
    assertEquals(1, data.train().label(9));
    var pixels = data.train().image(9).pixels();
    assertEquals("[1, 2, 3, 77]", Arrays.toString(Arrays.copyOf(pixels, 4)));
  }

  @Test
  void cifar100() throws IOException {
    Files.writeString(dir.resolve("fine_label_names.txt"), "apple\npear\n");
    Files.writeString(dir.resolve("coarse_label_names.txt"), "fruit\n");
    Files.write(dir.resolve("train.bin"), records(2, 0, 1));
    Files.write(dir.resolve("test.bin"), records(2, 1));
    var data = Datasets.open(dir);
    assertEquals(List.of("apple", "pear"), data.classes());
    assertEquals(1, data.test().label(0));
    assertEquals(77, data.test().image(0).pixels()[3]);
  }

  @Test
  void broken() throws IOException {
    ten();
    var file = dir.resolve("data_batch_3.bin");
    Files.write(file, Arrays.copyOf(records(1, 0, 1), 4000));
    fails(() -> Datasets.open(dir), file, "cut short", "927 of 3073");
    Files.write(file, records(1, 2));
    fails(() -> Datasets.open(dir), file, "has class 2, but there are 2");
    Files.delete(file);
    fails(() -> Datasets.open(dir), file, "is missing");
    Files.delete(dir.resolve("batches.meta.txt"));
    fails(() -> Datasets.open(dir), "batches.meta.txt is missing");
  }
}
