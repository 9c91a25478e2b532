package fovea.vision.classic;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import fovea.core.FoveaException;
import fovea.core.array.Shape;
import fovea.core.array.ShapeException;
import fovea.core.nn.Mode;
import fovea.core.tensor.Tensor;
import fovea.vision.classic.Neighbours.Distance;
import fovea.vision.data.Dataset;
import fovea.vision.data.Datasets;
import fovea.vision.data.Preprocessing;
import fovea.vision.image.Image;
import fovea.vision.model.InputSize;
import fovea.vision.model.Models;
import fovea.vision.run.Evaluation;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class BaselinesTest {
  private static final int N = 60;
  private static final int WIDTH = 4;

  private static float[] remembered() {
    var x = new float[N * WIDTH];
    for (int i = 0; i < N; i++) {
      for (int j = 0; j < WIDTH; j++) {
        x[i * WIDTH + j] = (float) (Math.sin(1.7 * i + 0.9 * j * j) + (i % 3 == j % 3 ? 1.5 : 0));
      }
    }
    return x;
  }

  private static Tensor asked(int n) {
    var x = new float[n * WIDTH];
    for (int i = 0; i < n; i++) {
      for (int j = 0; j < WIDTH; j++) {
        x[i * WIDTH + j] = (float) Math.cos(0.8 * i + 0.5 * j);
      }
    }
    return Tensor.of(x, Shape.of(n, 1, 2, 2));
  }

  private static Neighbours neighbours(int examples, int k, Distance distance) {
    var layer = new Neighbours(examples, WIDTH, 3, k, distance);
    var rows = Tensor.of(remembered(), Shape.of(N, WIDTH)).slice(0, 0, examples);
    layer.remember(rows, IntStream.range(0, examples).map(i -> i % 3).toArray());
    return layer;
  }

  /// Votes of scikit-learn 1.9.1, `KNeighborsClassifier(3, algorithm="brute")`.
  @ParameterizedTest
  @CsvSource({
    "L1, 003 012 021 021 021 021 003 003 003 012 021 021",
    "L2, 003 021 030 030 030 021 003 003 003 021 030 030",
    "COSINE, 003 030 030 003 003 003 003 003 003 030 030 003",
  })
  void votes(Distance distance, String expected) {
    var y = neighbours(N, 3, distance).forward(asked(12)).toDoubles();
    var votes = new StringBuilder();
    for (int i = 0; i < 12; i++) {
      double sum = 0;
      for (int c = 0; c < 3; c++) {
        double p = Math.exp(y[i * 3 + c]);
        sum += p;
        votes.append(Math.round(p * 4 - 1 / 3.0));
      }
      assertEquals(1, sum, 1e-6);
      votes.append(' ');
    }
    assertEquals(expected, votes.toString().strip());
  }

  @ParameterizedTest
  @EnumSource(Distance.class)
  void theNearestIsTheImageItself(Distance distance) {
    var layer = neighbours(N, 1, distance);
    var y = layer.forward(Tensor.of(remembered(), Shape.of(N, WIDTH))).argMax(1).toInts();
    assertArrayEquals(IntStream.range(0, N).map(i -> i % 3).toArray(), y);
  }

  @Test
  void theNearerSettlesATie() {
    var layer = new Neighbours(2, 1, 2, 2, Distance.L2);
    layer.remember(Tensor.of(new float[] {0, 1}, Shape.of(2, 1)), 1, 0);
    var y = layer.forward(Tensor.of(new float[] {0.4f, 0.6f}, Shape.of(2, 1))).argMax(1);
    assertArrayEquals(new int[] {1, 0}, y.toInts());
  }

  @Test
  void withoutMemoryEverythingIsEquallyProbable() {
    var y = new Neighbours(0, WIDTH, 3, 5, Distance.L2).forward(asked(2)).toDoubles();
    for (double log : y) {
      assertEquals(Math.log(1 / 3.0), log, 1e-6);
    }
    assertThrows(
        ShapeException.class, () -> neighbours(9, 1, Distance.L1).forward(Tensor.ones(2, 5)));
  }

  /// Images of 12×12 with a bar in one of three places, in noise.
  private static Dataset bars(int n, int seed) {
    var images = new ArrayList<Image>();
    var labels = new int[n];
    for (int i = 0; i < n; i++) {
      labels[i] = i % 3;
      var rng = fovea.core.array.Rng.of(seed).split(i);
      var pixels = new byte[144];
      for (int p = 0; p < 144; p++) {
        boolean lit = p % 12 / 4 == labels[i];
        pixels[p] = (byte) (rng.nextInt(100) + (lit ? 120 : 0));
      }
      images.add(new Image(12, 12, 1, pixels));
    }
    return Dataset.of("bars", List.of("left", "middle", "right"), images, labels);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"knn", "knn:1,l1", "knn:3,cosine", "nearest-mean", "svm", "svm:1", "hog-svm"})
  void learnsAndIsRestored(String name) {
    var train = bars(90, 1);
    var test = bars(60, 2);
    var preprocessing = Preprocessing.of(train, 1, 12, 12, Models.kind(name).scaling());
    var model = Models.fit(name, new Examples(train, preprocessing));
    var evaluation = Evaluation.of(model, preprocessing, test);
    assertTrue(evaluation.accuracy() > 0.95, name + " " + evaluation.accuracy());
    assertTrue(Double.isFinite(evaluation.loss()));

    var again = Models.restore(name, new InputSize(1, 12, 12), 3, model.network().state());
    var x = preprocessing.tensor(test.image(7));
    assertArrayEquals(
        Mode.evaluating(() -> model.network().forward(x)).toFloats(),
        Mode.evaluating(() -> again.network().forward(x)).toFloats());
    assertThrows(
        FoveaException.class,
        () -> Models.restore(name, new InputSize(1, 16, 12), 3, model.network().state()));
  }

  @Test
  void theWeightsOfTheNearestMeanAreTheMeans() {
    var data =
        Dataset.of(
            "four",
            List.of("a", "b"),
            List.of(image(0, 100), image(50, 100), image(200, 10), image(250, 10)),
            0,
            0,
            1,
            1);
    var preprocessing = Preprocessing.plain(1, 1, 2);
    var state = Models.fit("nearest-mean", new Examples(data, preprocessing)).network().state();
    var weight = state.get("fc.weight").toFloats();
    // Within the classes, the first pixel varies by 25 around its mean, the second not at all.
    double variance = 25.0 * 25 / 255 / 255 / 2;
    assertEquals(25 / 255.0 / variance, weight[0], 1e-3);
    assertEquals(100 / 255.0 / variance, weight[1], 1e-3);
    assertEquals(225 / 255.0 / variance, weight[2], 1e-3);
  }

  private static Image image(int first, int second) {
    return new Image(1, 2, 1, new byte[] {(byte) first, (byte) second});
  }

  @Test
  void digits() {
    var data = Datasets.open("digits");
    var train = data.train();
    for (var name : List.of("nearest-mean", "knn:3")) {
      var preprocessing = Preprocessing.of(train, 1, 28, 28, Models.kind(name).scaling());
      var model = Models.fit(name, new Examples(train, preprocessing));
      var subset = data.test().subset(IntStream.range(0, 300).toArray());
      assertTrue(
          Evaluation.of(model, preprocessing, subset).accuracy() > 0.5, name + " beats chance");
    }
  }

  @ParameterizedTest
  @CsvSource({
    "knn:0, number of neighbours",
    "knn:l3, number of neighbours",
    "svm:-1, does not name a C",
    "svm:x, does not name a C",
    "nearest-mean:2, has no options",
  })
  void namesThatMakeNoSense(String name, String message) {
    var e =
        assertThrows(FoveaException.class, () -> Models.build(name, new InputSize(1, 28, 28), 10));
    assertTrue(e.getMessage().contains(message), e.getMessage());
  }

  @Test
  void tooLittleToLearnFrom() {
    var e =
        assertThrows(
            FoveaException.class,
            () -> Models.fit("knn:50", new Examples(bars(30, 1), Preprocessing.plain(1, 12, 12))));
    assertTrue(e.getMessage().contains("there are 30"), e.getMessage());
    var small =
        assertThrows(
            FoveaException.class, () -> Models.build("hog-svm", new InputSize(1, 7, 7), 10));
    assertTrue(small.getMessage().contains("at least 8×8"), small.getMessage());
    assertThrows(
        IllegalArgumentException.class,
        () -> Models.fit("lenet5", new Examples(bars(30, 1), Preprocessing.plain(1, 12, 12))));
  }
}
