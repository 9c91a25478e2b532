package fovea.core.loss;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import fovea.core.array.DType;
import fovea.core.array.Rng;
import fovea.core.array.Shape;
import fovea.core.array.ShapeException;
import fovea.core.nn.Linear;
import fovea.core.tensor.GradientCheck;
import fovea.core.tensor.Graph;
import fovea.core.tensor.Tensor;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Every loss, a row each: what it takes and what PyTorch 2.13 makes of it in float64 (what PyTorch
/// has no loss for, its formula there). Gradients and second gradients are checked by differences.
class LossTableTest {
  private static final List<Double> WEIGHTS = List.of(0.5, 1.0, 2.0, 1.0, 3.0);

  private static final Tensor A = sines(0, 4, 5);
  private static final Tensor B = sines(0.5, 4, 5);
  private static final Tensor C = sines(2, 4, 5);
  private static final Tensor IMAGES = sines(0, 2, 5, 3, 2);
  private static final Tensor CLASSES = Tensor.of(new int[] {0, 4, 2, 2}, Shape.of(4));
  private static final Tensor PIXELS =
      Tensor.of(new long[] {0, 1, 2, 3, 4, 0, 1, 2, 3, 4, 0, 1}, Shape.of(2, 3, 2));
  private static final Tensor LABELS = sines(0.3, 4, 5).gt(0).to(DType.F64);
  private static final Tensor SIGNS = LABELS.mul(2).sub(1);

  /// 2·sin(i + 1 + shift).
  private static Tensor sines(double shift, int... shape) {
    var s = Shape.of(shape);
    var values =
        IntStream.range(0, (int) s.elements()).mapToDouble(i -> 2 * Math.sin(i + 1 + shift));
    return Tensor.of(values.toArray(), s);
  }

  /// @param inputs what it is differentiated by
  record Row(
      String name, double expected, Function<List<Tensor>, Tensor> loss, List<Tensor> inputs) {
    @Override
    public String toString() {
      return name;
    }
  }

  private static Row row(
      String name, double expected, Loss loss, Tensor prediction, Tensor target) {
    return target.dtype().isFloating()
        ? new Row(name, expected, in -> loss.of(in.get(0), in.get(1)), List.of(prediction, target))
        : new Row(name, expected, in -> loss.of(in.get(0), target), List.of(prediction));
  }

  static Stream<Row> table() {
    var probabilities = B.softmax(1);
    return Stream.of(
        row("MeanSquaredError", 0.4662466244922068, new MeanSquaredError(), A, B),
        row("MeanAbsoluteError", 0.6086331816674274, new MeanAbsoluteError(), A, B),
        row("Huber", 0.22269242692155392, new Huber().delta(0.7), A, B),
        row("Huber, smooth L1", 0.3181320384593628, Huber.smoothL1(0.7), A, B),
        row("PNorm, 3", 1.243787858654318, new PNorm(3), A, B),
        row("PNorm, infinite", 0.9561762013710556, new PNorm(Double.POSITIVE_INFINITY), A, B),
        row(
            "CrossEntropy, weights",
            3.0000070407561448,
            new CrossEntropy().weights(WEIGHTS),
            A,
            CLASSES),
        row(
            "CrossEntropy, weights, smoothing, ignored",
            2.4782869158491225,
            new CrossEntropy().weights(WEIGHTS).smoothing(0.2).ignoring(4),
            A,
            CLASSES),
        row(
            "CrossEntropy, weights, smoothing, sum",
            20.814454200068177,
            new CrossEntropy().weights(WEIGHTS).smoothing(0.2).reduction(Reduction.SUM),
            A,
            CLASSES),
        row(
            "CrossEntropy of pixels",
            1.559588568999722,
            new CrossEntropy().weights(WEIGHTS).smoothing(0.1).ignoring(3),
            IMAGES,
            PIXELS),
        row(
            "CrossEntropy of probabilities",
            1.7744624317724607,
            new CrossEntropy().weights(WEIGHTS).smoothing(0.1),
            A,
            probabilities),
        row(
            "NegativeLogLikelihood",
            1.538226856400305,
            new NegativeLogLikelihood().weights(WEIGHTS).ignoring(0),
            IMAGES.logSoftmax(1),
            PIXELS),
        row("BinaryCrossEntropy", 0.3085472175393873, new BinaryCrossEntropy(), A, LABELS),
        row(
            "BinaryCrossEntropy, positive",
            0.6581190632087403,
            new BinaryCrossEntropy().positive(3),
            A,
            LABELS),
        row("Focal", 0.02223613623544138, new Focal(), A, LABELS),
        row("Hinge", 0.2150469457862378, new Hinge(), A, SIGNS),
        row(
            "MulticlassHinge",
            1.1490990479091634,
            new MulticlassHinge().margin(0.7).overClasses(true),
            A,
            CLASSES),
        row(
            "MulticlassHinge, squared",
            3.139197931185858,
            new MulticlassHinge().margin(0.7).squared(true).overClasses(true),
            A,
            CLASSES),
        row("MultilabelMargin", 0.02976138609615384, new MultilabelMargin(), A, LABELS),
        row(
            "KullbackLeibler",
            0.13419527508972248,
            new KullbackLeibler(),
            A.logSoftmax(1),
            probabilities),
        row("Dice", 0.6412336673928593, new Dice(), IMAGES, PIXELS),
        row("Jaccard", 0.7061773643305841, new Jaccard(), IMAGES, PIXELS),
        row("NtXent", 0.8042011829947435, new NtXent(0.5), A, B),
        new Row(
            "Triplet, swapped",
            0.05167979908285003,
            in -> new Triplet().margin(2).p(3).swap(true).of(in.get(0), in.get(1), in.get(2)),
            List.of(A, B, C)),
        new Row(
            "CosineEmbedding",
            0.43113431985630535,
            in ->
                new CosineEmbedding()
                    .margin(0.1)
                    .of(in.get(0), in.get(1), Tensor.of(new double[] {1, -1, 1, -1}, Shape.of(4))),
            List.of(A, B)),
        new Row(
            "Gram",
            5.992979938205223,
            in -> Perceptual.gram(in.getFirst()).pow(2).sum(),
            List.of(IMAGES)),
        new Row(
            "TotalVariation",
            61.0198733836121,
            in -> new TotalVariation().of(in.getFirst()),
            List.of(IMAGES)),
        new Row(
            "divergence of a Gaussian",
            5.136418932134541,
            in -> Elbo.divergence(in.get(0), in.get(1)).mean(),
            List.of(sines(0, 4, 3), sines(0.2, 4, 3))),
        new Row(
            "Adversarial, discriminator",
            1.859636639666371,
            in -> Adversarial.MINIMAX.discriminator(in.get(0), in.get(1)),
            List.of(A, B)),
        new Row(
            "Adversarial, generator",
            0.8720690922100388,
            in -> Adversarial.NON_SATURATING.generator(in.getFirst()),
            List.of(B)),
        new Row(
            "Adversarial, minimax generator",
            -0.9855415168601835,
            in -> Adversarial.MINIMAX.generator(in.getFirst()),
            List.of(B)));
  }

  @ParameterizedTest
  @MethodSource("table")
  void givesWhatPyTorchGives(Row row) {
    assertEquals(
        row.expected,
        row.loss.apply(row.inputs).itemAsDouble(),
        1e-9 * (1 + Math.abs(row.expected)));
    var floats = row.inputs.stream().map(t -> t.to(DType.F32)).toList();
    assertEquals(
        row.expected, row.loss.apply(floats).itemAsDouble(), 2e-5 * (1 + Math.abs(row.expected)));
  }

  @ParameterizedTest
  @MethodSource("table")
  void gradientsAgreeWithDifferences(Row row) {
    var inputs = row.inputs.toArray(Tensor[]::new);
    // A target of 0 or 1 is no place to take differences at: only the prediction is moved there.
    boolean corners = row.inputs.contains(LABELS) || row.inputs.contains(SIGNS);
    if (corners) {
      Function<List<Tensor>, Tensor> f = in -> row.loss.apply(List.of(in.getFirst(), inputs[1]));
      GradientCheck.check(f, inputs[0]);
      GradientCheck.checkSecond(f, inputs[0]);
    } else {
      GradientCheck.check(row.loss, inputs);
      GradientCheck.checkSecond(row.loss, inputs);
    }
  }

  /// Losses that reduce, as functions of how.
  static Stream<Function<Reduction, Tensor>> reducing() {
    return Stream.of(
        r -> new MeanSquaredError(r).of(A, B),
        r -> new MeanAbsoluteError(r).of(A, B),
        r -> new Huber().reduction(r).of(A, B),
        r -> new PNorm(2).reduction(r).of(A, B),
        r -> new CrossEntropy().smoothing(0.1).reduction(r).of(A, CLASSES),
        r -> new CrossEntropy().reduction(r).of(IMAGES, PIXELS),
        r -> new CrossEntropy().reduction(r).of(A, B.softmax(1)),
        r -> new NegativeLogLikelihood().reduction(r).of(A, CLASSES),
        r -> new BinaryCrossEntropy().reduction(r).of(A, LABELS),
        r -> new Focal().reduction(r).of(A, LABELS),
        r -> new Hinge().squared(true).reduction(r).of(A, SIGNS),
        r -> new MulticlassHinge().reduction(r).of(A, CLASSES),
        r -> new MultilabelMargin().reduction(r).of(A, LABELS),
        r -> new Dice().reduction(r).of(IMAGES, PIXELS),
        r -> new Jaccard().reduction(r).of(A, LABELS),
        r -> new NtXent(0.1).reduction(r).of(A, B),
        r -> new Triplet().margin(9).reduction(r).of(A, B, C),
        r -> new CosineEmbedding().reduction(r).of(A, B, sines(0, 4)),
        r -> new TotalVariation().power(2).reduction(r).of(IMAGES));
  }

  @ParameterizedTest
  @MethodSource("reducing")
  void reducesToMeanAndSum(Function<Reduction, Tensor> loss) {
    var each = loss.apply(Reduction.NONE).toDoubles();
    assertTrue(each.length > 1);
    assertEquals(Arrays.stream(each).sum(), loss.apply(Reduction.SUM).itemAsDouble(), 1e-9);
    assertEquals(
        Arrays.stream(each).average().orElseThrow(),
        loss.apply(Reduction.MEAN).itemAsDouble(),
        1e-9);
  }

  // ---- what they are for

  @Test
  void lossesOfLogitsDoNotOverflow() {
    var x = Tensor.of(-1e4f, 0, 1e4f).withGrad();
    var wrong = new BinaryCrossEntropy().reduction(Reduction.SUM).of(x, Tensor.of(1, 1, 0));
    assertEquals(2e4 + Math.log(2), wrong.item(), 1);
    assertArrayEquals(new float[] {-1, -0.5f, 1}, wrong.backward().of(x).toFloats(), 1e-6f);
    var game = Adversarial.NON_SATURATING.discriminator(x, x).item();
    assertTrue(Float.isFinite(game));
    var focal = new Focal().of(x, Tensor.of(1, 1, 0));
    assertTrue(Float.isFinite(focal.item()));
    for (float g : focal.backward().of(x).toFloats()) {
      assertTrue(Float.isFinite(g));
    }
  }

  @Test
  void normsOfNothingHaveNoGradient() {
    var x = Tensor.zeros(Shape.of(2, 3), DType.F64).withGrad();
    var loss = new PNorm(2).of(x, Tensor.zeros(Shape.of(2, 3), DType.F64));
    assertEquals(0, loss.itemAsDouble());
    assertArrayEquals(new double[6], loss.backward().of(x).toDoubles());
    assertThrows(IllegalArgumentException.class, () -> new PNorm(0.5));
  }

  @Test
  void hingeOfClassesIsTheCourses() {
    // Scores 3.2, 5.1 and −1.7 of a cat: max(0, 2.9) + max(0, −3.9).
    var scores = Tensor.of(new double[] {3.2, 5.1, -1.7}, Shape.of(1, 3));
    var cat = Tensor.of(new int[] {0}, Shape.of(1));
    assertEquals(2.9, new MulticlassHinge().of(scores, cat).itemAsDouble(), 1e-12);
  }

  /// The penalty asks for the derivative, by the critic's weights, of a derivative.
  @Test
  void gradientPenaltyCanBeDifferentiated() {
    var real = sines(0, 4, 3);
    var fake = sines(1, 4, 3);
    Function<List<Tensor>, Tensor> penalty =
        in ->
            Adversarial.gradientPenalty(
                x -> x.matmul(in.get(0)).tanh().matmul(in.get(1)), real, fake, Rng.of(5));
    GradientCheck.check(penalty, sines(2, 3, 4).mul(0.3), sines(3, 4, 1));
    // A critic with slope w everywhere.
    var w = Tensor.of(new double[] {3, 0, 4}, Shape.of(3, 1)).withGrad();
    var linear = Adversarial.gradientPenalty(x -> x.matmul(w), real, fake, Rng.of(5));
    assertEquals(16, linear.itemAsDouble(), 1e-9);
    assertArrayEquals(
        new double[] {2 * 4 * 0.6, 0, 2 * 4 * 0.8}, linear.backward().of(w).toDoubles(), 1e-9);
  }

  @Test
  void adversariesWantOppositeThings() {
    for (var game : Adversarial.values()) {
      var fake = Tensor.of(0.3f).withGrad();
      var generator = game.generator(fake).backward().of(fake).item();
      var discriminator = game.discriminator(Tensor.of(1f), fake).backward().of(fake).item();
      assertTrue(generator < 0 && discriminator > 0, game.toString());
    }
  }

  @Test
  void elboIsReconstructionAndDivergence() {
    var mean = sines(0, 4, 3);
    var logVariance = sines(0.2, 4, 3);
    double lacking = new BinaryCrossEntropy().reduction(Reduction.SUM).of(A, LABELS).itemAsDouble();
    assertEquals(
        lacking / 4 + 2 * 5.136418932134541,
        new Elbo().beta(2).of(A, LABELS, mean, logVariance).itemAsDouble(),
        1e-9);
    assertThrows(
        ShapeException.class, () -> new Elbo().of(A, LABELS, sines(0, 3, 2), sines(0, 3, 2)));
  }

  @Test
  void perceptionComparesFeatures() {
    var conv = sines(0, 2, 5, 3, 3);
    Function<Tensor, List<Tensor>> features = x -> List.of(x, x.relu());
    var loss = new Perceptual(features, List.of(0.0, 2.0), List.of(3.0, 0.0));
    double content = new MeanSquaredError().of(IMAGES.relu(), IMAGES.neg().relu()).itemAsDouble();
    var found = loss.of(IMAGES, IMAGES.neg());
    // The Gram matrix does not see a sign.
    assertEquals(2 * content, found.itemAsDouble(), 1e-9);
    assertThrows(
        ShapeException.class,
        () -> new Perceptual(features, List.of(1.0), List.of(1.0)).of(conv, conv));
  }

  @Test
  void tasksAreWeighted() {
    var losses = List.of(Tensor.scalar(2, DType.F32), Tensor.scalar(10, DType.F32));
    assertEquals(7, TaskWeights.fixed(List.of(1.0, 0.5)).of(losses).item());
    var learned = TaskWeights.learned(2);
    var sum = learned.of(losses);
    assertEquals(12, sum.item());
    var s = learned.parameters().get("log_vars");
    // ½ − loss: the worse a task is done, the less it is to count.
    assertArrayEquals(new float[] {-1.5f, -9.5f}, sum.backward().of(s).toFloats(), 1e-6f);
    assertThrows(ShapeException.class, () -> learned.of(losses.subList(0, 1)));
    assertThrows(ShapeException.class, () -> learned.of(List.of()));
  }

  @Test
  void lossesTrainNetworks() {
    var layer = new Linear(5, 5);
    for (Loss loss : List.of(new MulticlassHinge(), new CrossEntropy(), new Dice())) {
      var gradients = loss.of(layer.forward(A.to(DType.F32)), CLASSES).backward();
      assertEquals(2, gradients.size());
    }
    assertTrue(Graph.isRecording());
  }

  @Test
  void refusesShapesAndSettingsThatDoNotFit() {
    var e = assertThrows(ShapeException.class, () -> new Huber().of(A, sines(0, 4, 1)));
    assertEquals("huber: prediction [4, 5] and target [4, 1] differ", e.getMessage());
    assertThrows(
        ShapeException.class, () -> new CrossEntropy().weights(List.of(1.0)).of(A, CLASSES));
    assertThrows(ShapeException.class, () -> new CrossEntropy().ignoring(1).of(A, B.softmax(1)));
    assertThrows(ShapeException.class, () -> new NtXent(1).of(A, sines(0, 3, 5)));
    assertThrows(ShapeException.class, () -> new MultilabelMargin().of(IMAGES, IMAGES));
    assertThrows(ShapeException.class, () -> new MulticlassHinge().of(A, PIXELS));
    assertThrows(ShapeException.class, () -> Perceptual.gram(A));
    assertThrows(ShapeException.class, () -> new TotalVariation().of(A));
    assertThrows(ShapeException.class, () -> new CosineEmbedding().of(A, B, sines(0, 3)));
    assertThrows(IllegalArgumentException.class, () -> new NtXent(0));
    assertThrows(IllegalArgumentException.class, () -> new Huber().delta(0));
    assertThrows(IllegalArgumentException.class, () -> new Focal().alpha(1.0));
    assertThrows(IllegalArgumentException.class, () -> new Dice().smooth(-1));
    assertThrows(IllegalArgumentException.class, () -> new TotalVariation().power(3));
    assertThrows(IllegalArgumentException.class, () -> new Triplet().margin(0));
    assertThrows(IllegalArgumentException.class, () -> new CosineEmbedding().margin(2));
    assertThrows(IllegalArgumentException.class, () -> new BinaryCrossEntropy().positive(0));
  }
}
