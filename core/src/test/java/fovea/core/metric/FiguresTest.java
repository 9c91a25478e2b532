package fovea.core.metric;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import fovea.core.array.Shape;
import fovea.core.array.ShapeException;
import fovea.core.tensor.Tensor;
import java.util.List;
import org.junit.jupiter.api.Test;

/// Figures of merit against those of scikit-learn 1.9.1 on the same samples.
class FiguresTest {
  private static final double CLOSE = 1e-12;
  private static final double[] SCORES = {.1, .4, .35, .8, .8, .2, .65, .9, .35, .05};
  private static final boolean[] POSITIVE = {
    false, false, true, true, false, false, true, true, false, true
  };

  private static ConfusionMatrix matrix() {
    var m = new ConfusionMatrix(List.of("a", "b", "c", "d"));
    m.addAll(
        new int[] {0, 0, 0, 1, 1, 2, 2, 2, 2, 3, 255, 255},
        new int[] {0, 0, 1, 1, 2, 2, 2, 0, 2, 2, 0, 3},
        255);
    return m;
  }

  @Test
  void averagesOverClasses() {
    var m = matrix();
    assertEquals(10, m.total());
    for (var figure : new double[] {m.accuracy(), m.precision(Average.MICRO)}) {
      assertEquals(0.6, figure, CLOSE);
    }
    assertEquals(0.44166666666666665, m.precision(Average.MACRO), CLOSE);
    assertEquals(0.47916666666666663, m.recall(Average.MACRO), CLOSE);
    assertEquals(0.45833333333333326, m.f1(Average.MACRO), CLOSE);
    assertEquals(0.54, m.precision(Average.WEIGHTED), CLOSE);
    assertEquals(0.6, m.recall(Average.WEIGHTED), CLOSE);
    assertEquals(0.5666666666666667, m.f1(Average.WEIGHTED), CLOSE);
    assertEquals(0.4029850746268656, m.kappa(), CLOSE);
  }

  @Test
  void figuresOfAClass() {
    var m = matrix();
    assertArrayEquals(
        new double[] {2 / 3.0, 0.5, 2 / 3.0, 0}, new double[] {m.f1(0), m.f1(1), m.f1(2), m.f1(3)});
    assertArrayEquals(
        new double[] {0.5, 1 / 3.0, 0.5, 0}, new double[] {m.iou(0), m.iou(1), m.iou(2), m.iou(3)});
    assertEquals(1 / 3.0, m.meanIou(), CLOSE);
    assertEquals(3, m.support(0));
  }

  @Test
  void aClassThatNeverOccursIsLeftOut() {
    var m = new ConfusionMatrix(List.of("a", "b", "never"));
    m.add(0, 0);
    m.add(1, 1);
    assertEquals(Double.NaN, m.iou(2));
    assertEquals(1, m.meanIou());
    assertEquals(1, m.f1(Average.MACRO));
    assertEquals(1, m.kappa());
    var empty = new ConfusionMatrix(List.of("a", "b"));
    for (double figure :
        new double[] {empty.kappa(), empty.meanIou(), empty.f1(Average.WEIGHTED)}) {
      assertEquals(Double.NaN, figure);
    }
    assertThrows(IllegalArgumentException.class, () -> empty.addAll(new int[2], new int[3], 255));
  }

  @Test
  void rocCurve() {
    var roc = RocCurve.of(SCORES, POSITIVE);
    assertArrayEquals(
        new double[] {Double.POSITIVE_INFINITY, .9, .8, .65, .4, .35, .2, .1, .05},
        roc.thresholds());
    assertArrayEquals(new double[] {0, 0, .2, .2, .4, .6, .8, 1, 1}, roc.falseAlarms(), CLOSE);
    assertArrayEquals(new double[] {0, .2, .4, .6, .6, .8, .8, .8, 1}, roc.found(), CLOSE);
    assertEquals(0.64, roc.area(), CLOSE);
  }

  @Test
  void areaIsHowOftenAPositiveScoresHigher() {
    double higher = 0;
    double pairs = 0;
    for (int p = 0; p < SCORES.length; p++) {
      for (int n = 0; n < SCORES.length; n++) {
        if (POSITIVE[p] && !POSITIVE[n]) {
          higher += SCORES[p] > SCORES[n] ? 1 : SCORES[p] == SCORES[n] ? 0.5 : 0;
          pairs++;
        }
      }
    }
    assertEquals(higher / pairs, RocCurve.of(SCORES, POSITIVE).area(), CLOSE);
  }

  @Test
  void precisionRecallCurve() {
    var curve = PrecisionRecallCurve.of(SCORES, POSITIVE);
    assertArrayEquals(new double[] {.9, .8, .65, .4, .35, .2, .1, .05}, curve.thresholds());
    assertArrayEquals(
        new double[] {1, 2 / 3.0, .75, .6, 4 / 7.0, .5, 4 / 9.0, .5}, curve.precision(), CLOSE);
    assertArrayEquals(new double[] {.2, .4, .6, .6, .8, .8, .8, 1}, curve.recall(), CLOSE);
    assertEquals(0.6976190476190476, curve.averagePrecision(), CLOSE);
  }

  @Test
  void curvesOfOneClassHaveNoArea() {
    var ones = new boolean[] {true, true};
    var zeros = new boolean[] {false, false};
    var scores = new double[] {0.5, 0.1};
    assertEquals(Double.NaN, RocCurve.of(scores, ones).area());
    assertEquals(Double.NaN, RocCurve.of(scores, zeros).area());
    assertEquals(Double.NaN, PrecisionRecallCurve.of(scores, zeros).averagePrecision());
    assertEquals(1, PrecisionRecallCurve.of(scores, ones).averagePrecision());
    assertEquals(Double.NaN, RocCurve.of(new double[0], new boolean[0]).area());
    assertThrows(IllegalArgumentException.class, () -> RocCurve.of(scores, new boolean[3]));
    assertThrows(
        IllegalArgumentException.class,
        () -> PrecisionRecallCurve.of(new double[] {Double.NaN, 1}, ones));
  }

  @Test
  void calibration() {
    var c =
        Calibration.of(
            new double[] {0, 0.1, 0.2, 0.55, 0.6, 1},
            new boolean[] {false, false, true, true, false, true},
            5);
    assertArrayEquals(new long[] {3, 0, 2, 0, 1}, c.counts());
    assertEquals(0.1, c.confidence()[0], CLOSE);
    assertEquals(1 / 3.0, c.accuracy()[0], CLOSE);
    assertEquals(Double.NaN, c.accuracy()[1]);
    // 3/6·|0.1 − 1/3| + 2/6·|0.575 − 0.5| + 1/6·0
    assertEquals(0.5 * (1 / 3.0 - 0.1) + 0.075 / 3, c.expectedError(), CLOSE);
    assertEquals(1 / 3.0 - 0.1, c.maximumError(), CLOSE);
    assertThrows(
        IllegalArgumentException.class,
        () -> Calibration.of(new double[] {1.1}, new boolean[1], 5));
    assertEquals(Double.NaN, Calibration.of(new double[0], new boolean[0], 5).expectedError());
  }

  @Test
  void brier() {
    var p = new float[] {.7f, .2f, .1f, .1f, .6f, .3f, .2f, .2f, .6f, .5f, .4f, .1f};
    assertEquals(0.465, Calibration.brier(p, 3, new int[] {0, 2, 2, 1}), 1e-7);
    assertThrows(IllegalArgumentException.class, () -> Calibration.brier(p, 3, new int[] {0, 2}));
  }

  @Test
  void topK() {
    var logits = Tensor.of(new float[] {3, 1, 0, 0, 1, 3, 2, 5, 1, 1, 1, 1}, Shape.of(4, 3));
    var target = Tensor.of(new int[] {0, 1, 2, 1}, Shape.of(4));
    assertEquals(Accuracy.correct(logits, target), Accuracy.correctInTop(1, logits, target));
    assertEquals(3, Accuracy.correctInTop(2, logits, target));
    assertEquals(4, Accuracy.correctInTop(3, logits, target));
    assertThrows(
        ShapeException.class,
        () -> Accuracy.correctInTop(1, logits, Tensor.of(new int[3], Shape.of(3))));
  }

  @Test
  void regression() {
    var r = Regression.of(new double[] {3, -.5, 2, 7}, new double[] {2.5, 0, 2, 8});
    assertEquals(0.5, r.meanAbsolute(), CLOSE);
    assertEquals(0.6123724356957945, r.rootMeanSquare(), CLOSE);
    assertEquals(0.9486081370449679, r.r2(), CLOSE);
    assertTrue(Double.isNaN(Regression.of(new double[] {1, 1}, new double[] {1, 2}).r2()));
    assertThrows(IllegalArgumentException.class, () -> Regression.of(new double[0], new double[0]));
  }
}
