package fovea.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import fovea.core.train.Epoch;
import fovea.core.train.Progress;
import java.util.LinkedHashMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class ProgressTest {
  private static Progress progress(int batch) {
    var figures = new LinkedHashMap<String, Double>();
    figures.put("loss", 0.12345);
    figures.put("accuracy", 0.962);
    return new Progress(3, 12, batch, 200, figures, 12345.6, 83.4);
  }

  @Test
  void barWithAllFigures() {
    assertEquals(
        "epoch  3/12 ███████████████░░░░░░░░░░░░░░░  50 %  loss 0.1235  accuracy  96.20 %  12,346 images/s  1:23 left",
        ProgressBarView.line(progress(100), 150, true));
    assertEquals(
        "epoch  3/12 ######.............  33 %  loss 0.1235  accuracy  96.20 %  12,346 images/s  1:23 left",
        ProgressBarView.line(progress(67), 97, false));
    assertTrue(
        ProgressBarView.line(progress(200), 150, true).endsWith("  validating"), "nothing moves");
  }

  @Test
  void epochsAreATableThatFitsInto80Columns() {
    var figures = progress(1).figures();
    var epoch = new Epoch(3, 0.001, figures, figures, 83.4, 12345.6, true);
    assertEquals(
        "  epoch      loss  accuracy  validation loss  accuracy      time",
        ProgressView.header(epoch));
    assertEquals(
        "   3/12    0.1235   96.20 %           0.1235   96.20 %    83.4 s  best so far",
        ProgressView.row(epoch, 12));
    var without = new Epoch(3, 0.001, figures, new LinkedHashMap<>(), 83.4, 12345.6, true);
    assertEquals("  epoch      loss  accuracy      time", ProgressView.header(without));
    assertEquals("   3/12    0.1235   96.20 %    83.4 s", ProgressView.row(without, 12));
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 10, 20, 30, 40, 50, 60, 70, 79, 80, 100, 200})
  void barFitsIntoAnyTerminal(int width) {
    var line = ProgressBarView.line(progress(100), width, true);
    assertTrue(line.length() <= width, line);
    assertTrue(width < 40 || (line.contains("50 %") && line.contains("1:23 left")), line);
    assertTrue(width < 79 || (line.contains("loss") && line.contains("█")), line);
  }

  @ParameterizedTest
  @CsvSource({
    "0.421, 0.42 s",
    "9.996, 10.0 s",
    "41.23, 41.2 s",
    "99.96, 1:40",
    "3599.4, 59:59",
    "3599.9, 1:00:00",
    "7384, 2:03:04"
  })
  void stretchesOfTime(double seconds, String text) {
    assertEquals(text, Text.seconds(seconds));
  }

  @Test
  void wordsForAShell() {
    assertEquals("runs/mlp-3,4-data-1", Text.quoted("runs/mlp-3,4-data-1"));
    assertEquals("'it'\\''s mine'", Text.quoted("it's mine"));
  }

  @Test
  void widthInColumns() {
    assertEquals(4, Text.width("größ"));
    assertEquals(3, Text.width("e\u0301猫"));
    assertEquals("猫  |", Text.pad("猫", 4) + "|");
  }

  @ParameterizedTest
  @CsvSource({"0.98314, 98.31 %", "1, 100.00 %", "NaN, –"})
  void shares(double share, String text) {
    assertEquals(text, Text.percent(share));
  }

  @ParameterizedTest
  @CsvSource({"0.05614, 0.0561", "0.00012345, 0.000123", "2.302585, 2.3026", "0, 0.00"})
  void losses(double loss, String text) {
    assertEquals(text, Text.loss(loss));
  }
}
