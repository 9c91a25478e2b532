package fovea.vision.augment;

import fovea.core.FoveaException;
import fovea.core.array.Rng;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/// A pipeline of augmentations. What an image goes through is a function of its generator alone.
///
/// As text, steps are joined by `+`; after a step's name and a colon come its options, by name or
/// in their order, as far as they are not the usual ones: `crop:pad=4+flip+rotate:15`.
/// `border:reflect` says what is seen where the image has moved away.
///
/// However the steps are mixed, what moves pixels is done first and by one resampling, then colours
/// are changed, then images mixed; among each other these keep their order.
///
/// @param steps in their order
/// @param border what is seen where the image has moved away
public record Augmentations(List<Augmentation> steps, Border border) {
  /// Images as they are.
  public static final Augmentations NONE = new Augmentations(List.of(), Border.ZERO);

  public Augmentations {
    steps = List.copyOf(steps);
  }

  /// These steps, with a black border.
  public static Augmentations of(Augmentation... steps) {
    return new Augmentations(List.of(steps), Border.ZERO);
  }

  /// Reads a pipeline from text. The names of [#presets] stand for theirs; `none` for no step.
  ///
  /// @throws FoveaException saying what is wrong and what would work
  public static Augmentations parse(String text) {
    return AugmentationText.parse(text);
  }

  /// The names of pipelines that are often wanted.
  public static List<String> presets() {
    return List.copyOf(AugmentationText.PRESETS.keySet());
  }

  /// The names of steps, with their usual options.
  public static List<String> names() {
    return AugmentationText.usual();
  }

  /// One more step at the end.
  public Augmentations then(Augmentation step) {
    var all = new ArrayList<>(steps);
    all.add(step);
    return new Augmentations(all, border);
  }

  public Augmentations border(Border other) {
    return new Augmentations(steps, other);
  }

  /// Whether nothing is done.
  public boolean isEmpty() {
    return steps.isEmpty();
  }

  /// Changes a sample.
  ///
  /// @param height rows of the result; 0 for what the steps leave
  /// @param width columns of the result; 0 for what the steps leave
  /// @param keypointNames as `Dataset.keypointNames()`, so that left and right can be exchanged
  ///   where the image is mirrored; may be empty
  /// @param rng all of its chance
  /// @param others draws another sample of the set, unchanged, for the steps that mix
  public Sample apply(
      Sample sample,
      int height,
      int width,
      List<String> keypointNames,
      Rng rng,
      Function<Rng, Sample> others) {
    var plan = plan(sample, rng);
    int rows = height == 0 ? plan.height() : height;
    int columns = width == 0 ? plan.width() : width;
    var result = single(sample, plan, rows, columns, keypointNames);
    for (var mixing : plan.mixings()) {
      Function<Rng, Sample> another =
          own -> {
            var other = others.apply(own.split("which"));
            var otherPlan = plan(other, own.split("steps"));
            return single(other, otherPlan, rows, columns, keypointNames);
          };
      result = mixing.mixture().mix(result, another, mixing.rng());
    }
    return result;
  }

  /// Each step has a stream of its own, so that options of one change nothing in the next.
  private Plan plan(Sample sample, Rng rng) {
    var plan = new Plan(sample.image().height(), sample.image().width());
    for (int i = 0; i < steps.size(); i++) {
      steps.get(i).draw(plan, rng.split(i));
    }
    return plan;
  }

  private Sample single(
      Sample sample, Plan plan, int height, int width, List<String> keypointNames) {
    var warp = plan.warp().resized(height, width);
    var image = plan.retouched(warp.apply(sample.image(), border));
    var said = new Following(warp, keypointNames).of(sample.annotations());
    return new Sample(image, said, sample.labels());
  }

  /// As text, from which [#parse] makes the same again.
  ///
  /// @throws FoveaException where a step is of a program's own
  @Override
  public String toString() {
    return AugmentationText.write(this);
  }
}
