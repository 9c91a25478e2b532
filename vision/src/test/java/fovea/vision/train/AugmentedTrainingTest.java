package fovea.vision.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import fovea.core.FoveaException;
import fovea.core.train.Trainer;
import fovea.vision.augment.Augmentations;
import fovea.vision.data.DataSplits;
import fovea.vision.data.Datasets;
import fovea.vision.data.Loading;
import fovea.vision.run.RunRecord;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AugmentedTrainingTest {
  @TempDir private Path folder;

  private Training training(String name, String steps) {
    var all = Datasets.open("digits");
    var few =
        new DataSplits(
            "few",
            all.train().subset(IntStream.range(0, 300).map(i -> i * 7).toArray()),
            all.test().subset(IntStream.range(0, 50).map(i -> i * 5).toArray()),
            all.test().subset(IntStream.range(0, 100).map(i -> i * 3 + 1).toArray()),
            List.of());
    return Training.of("linear", few)
        .epochs(2)
        .seed(3)
        .augment(Augmentations.parse(steps))
        .in(folder.resolve(name));
  }

  private byte[] weights(String name) throws IOException {
    return Files.readAllBytes(folder.resolve(name).resolve(Trainer.LAST));
  }

  private byte[] best(String name) throws IOException {
    return Files.readAllBytes(folder.resolve(name).resolve(Trainer.BEST));
  }

  @ParameterizedTest
  @ValueSource(strings = {"crop:pad=2+rotate:10", "mixup+translate"})
  void interruptedAndWithOtherWorkersItComesToTheSameBits(String steps) throws IOException {
    training("whole", steps).loading(new Loading(0, Loading.Cache.NONE)).run();
    var count = new AtomicInteger();
    var stopped =
        training("parts", steps)
            .loading(new Loading(2, Loading.Cache.MEMORY))
            .stop(() -> count.incrementAndGet() == 3)
            .run();
    assertTrue(stopped.history().interrupted());
    var outcome = training("parts", steps).loading(new Loading(1, Loading.Cache.DISK)).run();
    assertArrayEquals(best("whole"), best("parts"));
    assertTrue(outcome.waiting() > 0 && outcome.waiting() < 1, "waited " + outcome.waiting());
    training("plain", "none").run();
    assertFalse(Arrays.equals(weights("whole"), weights("plain")));
  }

  @Test
  void theRunRemembersItsAugmentation() {
    var steps = Augmentations.parse("border:edge+translate:0.2+cutout:5,p=0.5");
    training("run", steps.toString()).run();
    assertEquals(steps, RunRecord.read(folder.resolve("run")).settings().augment());
    var e = assertThrows(FoveaException.class, () -> training("run", "flip").run());
    assertTrue(
        e.getMessage().contains("augmentation " + steps + " there, flip here"), e.getMessage());
  }

  @Test
  void runsFromBeforeThereWasAugmentationAreRead() throws IOException {
    training("old", "none").run();
    var file = folder.resolve("old").resolve(RunRecord.FILE);
    var text = Files.readString(file);
    assertTrue(text.contains("\"augment\""));
    Files.writeString(
        file, text.replaceAll(",\\s*\"augment\" : \"none\",\\s*\"skipBroken\" : false", ""));
    assertFalse(Files.readString(file).contains("augment"));
    assertEquals(Augmentations.NONE, RunRecord.read(folder.resolve("old")).settings().augment());
  }
}
