package fovea.vision.report;

import static org.junit.jupiter.api.Assertions.assertEquals;

import fovea.core.optim.Adam;
import fovea.core.optim.Schedule;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class WordsTest {
  private static String plain(String text) {
    return text.replace('\u00a0', ' ');
  }

  @ParameterizedTest
  @CsvSource({"1, 100.00 %", "0.99999, 99.99 %", "0.9865, 98.65 %", "0, 0.00 %", "NaN, –"})
  void percent(double share, String text) {
    assertEquals(text, plain(Words.percent(share, 2)));
  }

  @ParameterizedTest
  @CsvSource({
    "0, 0",
    "0.05321, 0.05321",
    "2.3026, 2.303",
    "0.0000032, 3.200e-06",
    "-12.5, -12.50",
    "NaN, –"
  })
  void number(double x, String text) {
    assertEquals(text, Words.number(x));
  }

  @ParameterizedTest
  @CsvSource({"8.44, 8.4 s", "34.4, 34 s", "59.7, 1 min 0 s", "125, 2 min 5 s", "4320, 1 h 12 min"})
  void duration(double seconds, String text) {
    assertEquals(text, plain(Words.duration(seconds)));
  }

  @Test
  void specification() {
    assertEquals(
        "Adam, rate 0.002, beta1 0.9, beta2 0.999, eps 1E-8, weight decay 0, amsgrad false",
        Words.specification(Adam.adam(0.002)));
    assertEquals("Constant", Words.specification(Schedule.constant()));
  }

  @Test
  void count() {
    assertEquals("1 image", plain(Words.count(1, "image", "images")));
    assertEquals("2,000 images", plain(Words.count(2000, "image", "images")));
  }
}
