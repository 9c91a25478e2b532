package fovea.vision.model;

import fovea.core.FoveaException;
import fovea.core.UnknownNameException;
import fovea.core.array.Shape;
import fovea.core.nn.Layer;
import fovea.core.tensor.Tensor;
import fovea.vision.classic.Baseline;
import fovea.vision.classic.Baselines;
import fovea.vision.classic.Examples;
import fovea.vision.data.Scaling;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import org.jspecify.annotations.Nullable;

/// All networks, and the baselines that they are to beat, by name.
public final class Models {
  private static final InputSize USUAL_OF_BASELINES = new InputSize(1, 28, 28);
  private static final SequencedMap<String, Kind> KINDS = new LinkedHashMap<>();

  static {
    register(Perceptron.LINEAR);
    register(Perceptron.MLP);
    register(LeNet.LENET5);
    ResNet.KINDS.forEach(Models::register);
    Airbench.KINDS.forEach(Models::register);
    Baselines.ALL.forEach(Models::register);
  }

  private Models() {}

  /// A kind of network.
  ///
  /// @param name under which it is built
  /// @param about what it is, in one line
  /// @param source paper and section
  /// @param usual the images it is usually given; what `summary` shows, and what images of unlike
  ///   sizes are brought to
  /// @param builder builds it
  /// @param baseline what fits it; null where it is trained step by step
  public record Kind(
      String name,
      String about,
      String source,
      InputSize usual,
      Builder builder,
      @Nullable Baseline baseline) {
    /// A network that is trained.
    public Kind(String name, String about, String source, InputSize usual, Builder builder) {
      this(name, about, source, usual, builder, null);
    }

    /// What is usually done to the values of its images.
    public Scaling scaling() {
      return baseline == null ? Scaling.STANDARDIZE : baseline.scaling();
    }
  }

  /// Builds a network.
  @FunctionalInterface
  public interface Builder {
    /// Builds it with first values yet to be drawn.
    ///
    /// @param options what stood behind a colon in the name; empty where nothing did
    /// @throws FoveaException when images of that size, or these options, do not suit it
    Layer build(InputSize input, int classes, String options);
  }

  private static void register(Kind kind) {
    KINDS.put(kind.name(), kind);
  }

  private static void register(Baseline baseline) {
    register(
        new Kind(
            baseline.name(),
            baseline.about(),
            baseline.source(),
            USUAL_OF_BASELINES,
            (input, classes, options) -> baseline.build(shape(input), classes, options),
            baseline));
  }

  private static Shape shape(InputSize input) {
    return Shape.of(input.channels(), input.height(), input.width());
  }

  /// All kinds.
  public static List<Kind> kinds() {
    return List.copyOf(KINDS.values());
  }

  /// The kind of a name, which may have options behind a colon.
  ///
  /// @throws UnknownNameException when there is none
  public static Kind kind(String name) {
    var kind = KINDS.get(base(name));
    if (kind == null) {
      throw new UnknownNameException("model", base(name), KINDS.keySet());
    }
    return kind;
  }

  private static String base(String name) {
    int colon = name.indexOf(':');
    return colon < 0 ? name : name.substring(0, colon);
  }

  /// Builds a network by name.
  ///
  /// @param name of a kind, with options behind a colon where it has some: `mlp:300,100`
  public static Classifier build(String name, InputSize input, int classes) {
    if (classes < 2) {
      throw new FoveaException("telling classes apart takes at least 2 of them, not " + classes);
    }
    return new Classifier(
        name, input, classes, kind(name).builder().build(input, classes, options(name)));
  }

  private static String options(String name) {
    return name.substring(Math.min(name.length(), base(name).length() + 1));
  }

  /// Builds a network by name, with its state.
  ///
  /// @throws FoveaException when the state is of another network
  public static Classifier restore(
      String name, InputSize input, int classes, Map<String, Tensor> state) {
    var baseline = kind(name).baseline();
    if (baseline != null) {
      return new Classifier(
          name, input, classes, baseline.restore(shape(input), classes, options(name), state));
    }
    var model = build(name, input, classes);
    model.network().load(state);
    return model;
  }

  /// Fits a baseline by name.
  ///
  /// @throws IllegalArgumentException when the name is of a network that is trained
  /// @throws FoveaException when it cannot be fitted to these images
  public static Classifier fit(String name, Examples examples) {
    var baseline = kind(name).baseline();
    if (baseline == null) {
      throw new IllegalArgumentException(name + " is trained, not fitted");
    }
    var p = examples.preprocessing();
    return new Classifier(
        name,
        new InputSize(p.channels(), p.height(), p.width()),
        examples.classes(),
        baseline.fit(examples, options(name)));
  }

  static void refuseOptions(String model, String options) {
    if (!options.isEmpty()) {
      throw new FoveaException("%s has no options, but \"%s\" was given".formatted(model, options));
    }
  }
}
