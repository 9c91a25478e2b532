package fovea.vision.classic;

import fovea.core.FoveaException;
import fovea.core.array.Shape;
import fovea.core.nn.Flatten;
import fovea.core.nn.Layer;
import fovea.core.tensor.Tensor;
import fovea.vision.classic.Neighbours.Distance;
import fovea.vision.data.Scaling;
import java.util.Arrays;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/// The k training images that are nearest, and their classes' votes: `knn`, `knn:1`, `knn:3,l1`,
/// `knn:cosine`.
public final class NearestNeighbours implements Baseline {
  /// What stands behind the colon.
  private record Options(int k, Distance distance) {
    private static final int USUAL = 5;

    static Options parse(String text) {
      int k = USUAL;
      var distance = Distance.L2;
      for (var word : text.isEmpty() ? new String[0] : text.split(",", -1)) {
        var named =
            Arrays.stream(Distance.values())
                .filter(d -> d.name().toLowerCase(Locale.ROOT).equals(word))
                .findFirst();
        if (named.isPresent()) {
          distance = named.get();
        } else if (word.matches("[1-9]\\d{0,3}")) {
          k = Integer.parseInt(word);
        } else {
          throw new FoveaException(
              "knn:%s names neither a number of neighbours nor a distance (%s); write for instance knn:3,l1"
                  .formatted(text, distances()));
        }
      }
      return new Options(k, distance);
    }

    private static String distances() {
      return Arrays.stream(Distance.values())
          .map(d -> d.name().toLowerCase(Locale.ROOT))
          .collect(Collectors.joining(", "));
    }
  }

  NearestNeighbours() {}

  @Override
  public String name() {
    return "knn";
  }

  @Override
  public String about() {
    return "the votes of the 5 nearest training images by L2; others as knn:1,l1 or knn:3,cosine";
  }

  @Override
  public String source() {
    return "Cover & Hart 1967";
  }

  @Override
  public Scaling scaling() {
    return Scaling.SCALE;
  }

  @Override
  public Layer build(Shape image, int classes, String options) {
    return build(0, image, classes, Options.parse(options));
  }

  private static Neighbours build(int examples, Shape image, int classes, Options options) {
    return new Neighbours(
        examples, Math.toIntExact(image.elements()), classes, options.k, options.distance);
  }

  @Override
  public Layer fit(Examples examples, String options) {
    var parsed = Options.parse(options);
    if (examples.size() < parsed.k) {
      throw new FoveaException(
          "%d neighbours take as many training images; there are %d"
              .formatted(parsed.k, examples.size()));
    }
    var layer = build(examples.size(), examples.shape(), examples.classes(), parsed);
    layer.remember(
        examples.rows(new Flatten(), Math.toIntExact(examples.shape().elements())),
        examples.labels());
    return layer;
  }

  @Override
  public Layer restore(Shape image, int classes, String options, Map<String, Tensor> state) {
    var images = state.get(Neighbours.IMAGES);
    int examples = images == null || images.shape().rank() != 2 ? 0 : images.shape().size(0);
    var layer = build(examples, image, classes, Options.parse(options));
    layer.load(state);
    return layer;
  }
}
