package fovea.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import fovea.core.tensor.Precision;
import java.util.List;
import org.junit.jupiter.api.Test;

final class BenchCommandTest {
  @Test
  void aRowForEachPrecision() {
    var result = Cli.run("bench", "mlp:5", "--size", "8", "--batch", "4", "--seconds", "0.05");

    assertEquals(0, result.code(), result.err());
    assertEquals("measuring mlp:5 for about a second\n", result.err());
    var lines = result.out().lines().toList();
    assertTrue(
        lines.get(0).matches("model +images a step +precision +training +images/s +inf.* +memory"),
        result.out());
    int row = 1;
    for (var precision : Precision.values()) {
      if (precision.isFast()) {
        assertTrue(
            lines
                .get(row++)
                .matches(
                    "mlp:5 +4 of 8×8 grey +%s +[\\d.,]+ ms +[\\d.,]+ +[\\d.,]+ ms +[\\d.,]+ +[\\d.]+ .i?B"
                        .formatted(precision)),
            result.out());
      }
    }
    assertEquals("", lines.get(row));
    assertTrue(lines.get(row + 1).startsWith("computed by "), result.out());
  }

  @Test
  void json() {
    var result =
        Cli.run(
            "bench",
            "linear",
            "--size",
            "3x8x9",
            "--seconds",
            "0.05",
            "--precision",
            "f32",
            "--json");

    assertEquals(0, result.code(), result.err());
    assertEquals(1, result.out().lines().count());
    var json = result.json();
    assertTrue(json.get("threads").asInt() >= 1, "threads");
    assertEquals(false, json.get("interrupted").asBoolean());
    assertEquals(1, json.get("results").size());
    var row = json.get("results").get(0);
    assertEquals("linear", row.get("model").asString());
    assertEquals("[3,8,9]", row.get("input").toString());
    assertEquals(128, row.get("batch").asInt());
    assertEquals("f32", row.get("precision").asString());
    assertEquals(3 * 8 * 9 * 10, row.get("multiplyAdds").asInt());
    for (var task : List.of("training", "inference")) {
      var times = row.get(task);
      var ms = times.get("milliseconds");
      double median = ms.get("median").asDouble();
      assertTrue(0 < ms.get("min").asDouble() && ms.get("min").asDouble() <= median, task);
      assertTrue(median <= ms.get("max").asDouble(), task);
      assertTrue(times.get("steps").asInt() >= 3, task);
      assertEquals(128_000 / median, times.get("imagesPerSecond").asDouble(), 1e-6 / median, task);
      assertTrue(times.get("gigaflops").asDouble() > 0, task);
      long images = 128L * 3 * 8 * 9 * 4;
      assertTrue(times.get("bytes").asLong() > images, task + " holds its images");
      assertTrue(times.get("bytes").asLong() < 20 * images, task + ": " + times);
    }
  }

  @Test
  void whatBfloat16BringsIsSaidOnlyWhereItIsSure() {
    var f32 = times(100, 90);
    assertEquals(
        "bf16 trains a 1.5 times as fast as f32 here: fovea train a DATA --precision bf16",
        BenchCommand.gain("a", f32, times(50, 60)));
    assertNull(BenchCommand.gain("a", f32, times(20, 88)), "one slow stretch");
    assertNull(BenchCommand.gain("a", f32, times(97, 85)), "too little");
    assertEquals(
        "bf16 trains a no faster than f32 here", BenchCommand.gain("a", f32, times(120, 95)));
  }

  private static Bench.Times times(double median, double min) {
    return new Bench.Times(median, min, 2 * median, 3, 1, 1, 1);
  }

  @Test
  void wrongUsage() {
    assertWrong("a step takes at least 1 image, not 0", "--batch", "0");
    assertWrong(
        "a measurement takes more than 0 and at most 3600 seconds, not 0", "--seconds", "0");
    assertWrong(
        "a measurement takes more than 0 and at most 3600 seconds, not -0.5", "--seconds", "-0.5");
    assertWrong(
        "--size is for one network; name it before, as in: bench resnet18 --size 128x128",
        "--size",
        "64");
    assertWrong(
        "invalid value for option '--precision': 'f16' is none of f32, bf16", "--precision", "f16");
    assertWrong("computing takes at least 1 thread, not 0", "--threads", "0");
    assertEquals(
        "no model is called \"lenet\"; did you mean lenet5? See fovea models.",
        Cli.run("bench", "lenet").error());
    assertEquals(
        "lenet5 needs images of at least 12×12 pixels, not 8×8",
        Cli.run("bench", "lenet5", "--size", "8").error());
  }

  private static void assertWrong(String message, String... options) {
    var args = new java.util.ArrayList<Object>(List.of("bench"));
    args.addAll(List.of(options));
    var result = Cli.run(args.toArray());
    assertEquals(message + ". See fovea bench --help.", result.error());
    assertEquals(2, result.code());
  }
}
