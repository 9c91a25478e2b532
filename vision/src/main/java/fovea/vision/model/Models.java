package fovea.vision.model;

import fovea.core.FoveaException;
import fovea.core.UnknownNameException;
import fovea.core.nn.Layer;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;

/// All networks by name.
public final class Models {
  private static final SequencedMap<String, Kind> KINDS = new LinkedHashMap<>();

  static {
    register(Perceptron.LINEAR);
    register(Perceptron.MLP);
    register(LeNet.LENET5);
    ResNet.KINDS.forEach(Models::register);
    Airbench.KINDS.forEach(Models::register);
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
  public record Kind(String name, String about, String source, InputSize usual, Builder builder) {}

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
    var options = name.substring(Math.min(name.length(), base(name).length() + 1));
    return new Classifier(
        name, input, classes, kind(name).builder().build(input, classes, options));
  }

  static void refuseOptions(String model, String options) {
    if (!options.isEmpty()) {
      throw new FoveaException("%s has no options, but \"%s\" was given".formatted(model, options));
    }
  }
}
