package fovea.lab.parity;

import fovea.core.array.DType;
import fovea.core.array.Rng;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/// One thing of Fovea's that is compared, over random cases.
///
/// @param name what of Fovea's, as `Tensor.add` or `nn.Conv2d`; after a colon, which of its uses
/// @param reference who says what is right, for the table
/// @param precisions each case is run in
/// @param check draws a case, runs it and compares
record Row(String name, String reference, List<DType> precisions, Check check) {
  static final String LIBTORCH = "LibTorch";

  /// Made of LibTorch's operations.
  static final String COMPOSED = "LibTorch, composed";

  static final String FORMULA = "formula";

  /// LibTorch draws other numbers; what is compared is how they are distributed.
  static final String DISTRIBUTION = "LibTorch, distribution";

  /// How many times as far from float64 as LibTorch's float32 Fovea's may be, where float32 has too
  /// few digits.
  private static final double CANCELLATION = 4;

  /// One comparison of numbers.
  ///
  /// @param what was compared
  /// @param gradient whether it is a gradient
  /// @param error as [Errors] defines it
  /// @param cancels whether float32 has too few digits for it (a sum whose terms cancel):
  ///   LibTorch's own float32 is as far from its float64
  record Compared(String what, boolean gradient, double error, double allowed, boolean cancels) {
    boolean isWrong() {
      // Not `error > allowed`, which NaN passes.
      return !cancels && !(error <= allowed);
    }
  }

  /// A case in one precision.
  ///
  /// @param words its shapes and options
  record Outcome(String words, DType type, List<Compared> compared) {}

  /// Draws a case and compares.
  interface Check {
    Outcome run(Draw draw, DType type);
  }

  static Row libtorch(String name, Function<Draw, Case> draw) {
    return of(name, LIBTORCH, draw);
  }

  static Row composed(String name, Function<Draw, Case> draw) {
    return of(name, COMPOSED, draw);
  }

  static Row formula(String name, Function<Draw, Case> draw) {
    return of(name, FORMULA, draw);
  }

  private static Row of(String name, String reference, Function<Draw, Case> draw) {
    return new Row(
        name, reference, List.of(DType.F32, DType.F64), (d, type) -> compare(draw.apply(d), type));
  }

  private static Outcome compare(Case c, DType type) {
    try {
      var ours = Fovea.answer(c, type, Row::cotangent);
      var theirs = c.reference().answer(c, type, Row::cotangent);
      if (!ours.shape().equals(theirs.shape())) {
        throw new IllegalStateException(
            "the result is %s, the reference's %s".formatted(ours.shape(), theirs.shape()));
      }
      var compared = compare(ours, theirs, c.reference().allowed(type));
      if (type == DType.F32 && compared.stream().anyMatch(Compared::isWrong)) {
        var exact = c.reference().answer(c, DType.F64, Row::cotangent);
        compared = compared.stream().map(k -> judged(k, ours, theirs, exact)).toList();
      }
      return new Outcome(c.shapes(), type, compared);
    } catch (RuntimeException e) {
      throw new IllegalStateException(c.shapes() + ": " + e.getMessage(), e);
    }
  }

  private static List<Compared> compare(Answer ours, Answer theirs, double allowed) {
    double gradients = Errors.largestOfGradients(theirs);
    var compared = new ArrayList<Compared>();
    theirs
        .values()
        .forEach(
            (what, expected) -> {
              var found = ours.values().get(what);
              boolean gradient = what.startsWith("gradient");
              if (found == null) {
                throw new IllegalStateException("there is no " + what);
              }
              double error = Errors.of(found, expected, gradient ? gradients : 0);
              compared.add(new Compared(what, gradient, error, allowed, false));
            });
    return compared;
  }

  private static Compared judged(Compared k, Answer ours, Answer theirs, Answer exact) {
    var truth = exact.values().get(k.what());
    double all = k.gradient() ? Errors.largestOfGradients(exact) : 0;
    double own = Errors.of(theirs.values().get(k.what()), truth, all);
    double error = Errors.of(ours.values().get(k.what()), truth, all);
    boolean cancels = k.isWrong() && error <= Math.max(k.allowed(), CANCELLATION * own);
    return new Compared(k.what(), k.gradient(), k.error(), k.allowed(), cancels);
  }

  private static double[] cotangent(int n) {
    var rng = Rng.of(20);
    var weights = new double[n];
    for (int i = 0; i < n; i++) {
      weights[i] = (float) rng.nextGaussian();
    }
    return weights;
  }

  /// Whether its errors are what chance leaves, not rounding.
  boolean isOfChance() {
    return reference.equals(DISTRIBUTION);
  }

  /// What of Fovea's it is about: the name up to the colon.
  String subject() {
    int colon = name.indexOf(':');
    return colon < 0 ? name : name.substring(0, colon);
  }
}
