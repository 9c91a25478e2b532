package fovea.vision.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import org.junit.jupiter.api.Test;

class DigitsTest {

  /// A change here makes every published accuracy on these digits incomparable.
  @Test
  void everyBitIsFixed() {
    assertEquals(
        "819d78f28e5f8568b5f1b3dc2f0cfa0260f3c9575f39f444cc5fc24dc9e7d477",
        Datasets.open("digits").hash());
  }

  @Test
  void sizesAndClasses() {
    var data = Digits.open();
    assertEquals(12_000, data.train().size());
    assertEquals(2_000, data.test().size());
    assertEquals(10, data.classes().size());
    var each = new int[10];
    Arrays.fill(each, 1200);
    assertArrayEquals(each, data.train().counts());
    Arrays.fill(each, 200);
    assertArrayEquals(each, data.test().counts());
    assertEquals("28×28 grey", data.train().image(0).toString());
    assertEquals("digits test #7", data.test().source(7));
  }

  @Test
  void anImageDependsOnPartAndIndexAlone() {
    assertEquals(Digits.draw("train", 17), Digits.open().train().image(17));
    assertEquals(Digits.draw("test", 1999), Digits.open().test().image(1999));
    assertNotEquals(Digits.draw("train", 17), Digits.draw("test", 17));
    assertNotEquals(Digits.draw("train", 17), Digits.draw("train", 27));
  }

  @Test
  void strokesAreLightOnBlackAndWithinTheImage() {
    for (int i = 0; i < 500; i++) {
      var pixels = Digits.draw("train", i).pixels();
      int bright = 0;
      for (byte pixel : pixels) {
        bright += (pixel & 0xFF) > 128 ? 1 : 0;
      }
      int index = i;
      int count = bright;
      // A thin 1 has some 25 bright pixels, a bold 8 some 200.
      assertTrue(count > 10 && count < 300, () -> "#" + index + " has " + count + " bright pixels");
    }
  }
}
