package fovea.vision.augment;

import fovea.core.FoveaException;
import fovea.core.UnknownNameException;
import java.lang.reflect.Constructor;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.RecordComponent;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SequencedMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// Writes pipelines as text and reads them. The options of a step are the components of its record.
final class AugmentationText {
  private AugmentationText() {}

  private static final String BORDER = "border";
  private static final String NONE = "none";

  /// Each step with its usual options, by name.
  private static final SequencedMap<String, Augmentation> USUAL = new LinkedHashMap<>();

  static {
    USUAL.put("flip", new Geometric.Flip(0.5));
    USUAL.put("vertical-flip", new Geometric.VerticalFlip(0.5));
    USUAL.put("crop", new Geometric.Crop(0, 0, 0));
    USUAL.put("resized-crop", new Geometric.ResizedCrop(0.08, 1, 0.75, 4.0 / 3));
    USUAL.put("rotate", new Geometric.Rotate(15, 1));
    USUAL.put("scale", new Geometric.Scale(0.8, 1.25, 1));
    USUAL.put("translate", new Geometric.Translate(0.1, 0.1, 1));
    USUAL.put("shear", new Geometric.Shear(10, 0, 1));
    USUAL.put("perspective", new Geometric.Perspective(0.5, 0.5));
    USUAL.put("elastic", new Geometric.Elastic(50, 5, 0.5));
    USUAL.put("brightness", new Photometric.Brightness(0.4, 1));
    USUAL.put("contrast", new Photometric.Contrast(0.4, 1));
    USUAL.put("saturation", new Photometric.Saturation(0.4, 1));
    USUAL.put("hue", new Photometric.Hue(0.1, 1));
    USUAL.put("grey", new Photometric.Grey(0.1));
    USUAL.put("invert", new Photometric.Invert(0.5));
    USUAL.put("blur", new Photometric.Blur(0.1, 2, 0.5));
    USUAL.put("noise", new Photometric.Noise(0.05, 0.5));
    USUAL.put("cutout", new Photometric.Cutout(8, 1));
    USUAL.put("erase", new Photometric.Erase(0.02, 0.33, 0.3, 3.3, 0.5));
    USUAL.put("randaugment", new Policy.RandAugment(2, 9));
    USUAL.put("trivialaugment", new Policy.TrivialAugment());
    USUAL.put("mixup", new Mixing.Mixup(0.2, 1));
    USUAL.put("cutmix", new Mixing.CutMix(1, 1));
    USUAL.put("mosaic", new Mixing.Mosaic(0.5));
  }

  static final SequencedMap<String, String> PRESETS = new LinkedHashMap<>();

  static {
    // He et al., "Deep residual learning", 2016, section 4.2.
    PRESETS.put("cifar", "crop:pad=4+flip");
    // Szegedy et al., "Going deeper with convolutions", 2015, section 6.
    PRESETS.put("imagenet", "resized-crop+flip");
  }

  static Augmentations parse(String text) {
    var steps = new ArrayList<Augmentation>();
    var border = Border.ZERO;
    for (var part : text.split("\\+", -1)) {
      var step = part.strip();
      int colon = step.indexOf(':');
      var name = colon < 0 ? step : step.substring(0, colon);
      var options = colon < 0 ? "" : step.substring(colon + 1);
      var preset = PRESETS.get(name);
      if (name.isEmpty()) {
        throw new FoveaException(
            "a step is missing in \"%s\"; write them as in crop:pad=4+flip".formatted(text));
      } else if (name.equals(BORDER)) {
        border = Border.of(options);
      } else if (preset != null || name.equals(NONE)) {
        if (!options.isEmpty()) {
          throw new FoveaException(
              "%s has no options, but \"%s\" gives it some".formatted(name, text));
        }
        steps.addAll(preset == null ? List.of() : parse(preset).steps());
      } else {
        steps.add(step(name, options));
      }
    }
    return new Augmentations(steps, border);
  }

  private static Augmentation step(String name, String options) {
    var usual = USUAL.get(name);
    if (usual == null) {
      throw new UnknownNameException(
          "augmentation",
          name,
          Stream.of(USUAL.keySet(), PRESETS.keySet(), List.of(BORDER, NONE))
              .flatMap(names -> names.stream())
              .toList());
    }
    var components = usual.getClass().getRecordComponents();
    var values = values(usual);
    boolean byName = false;
    var parts = options.isEmpty() ? new String[0] : options.split(",", -1);
    for (int i = 0; i < parts.length; i++) {
      int equals = parts[i].indexOf('=');
      byName |= equals >= 0;
      int at = byName ? index(name, components, parts[i]) : i;
      if (at >= components.length) {
        throw new FoveaException(
            "%s has %s, so \"%s\" is one too many".formatted(name, options(components), parts[i]));
      }
      values[at] = value(name, components[at], parts[i].substring(equals + 1).strip());
    }
    return make(usual, components, values);
  }

  private static int index(String name, RecordComponent[] components, String part) {
    int equals = part.indexOf('=');
    if (equals < 0) {
      throw new FoveaException(
          "%s: \"%s\" needs a name, as do all options after one with a name; there is %s"
              .formatted(name, part, options(components)));
    }
    var option = part.substring(0, equals).strip();
    for (int i = 0; i < components.length; i++) {
      if (components[i].getName().equals(option)) {
        return i;
      }
    }
    throw new FoveaException(
        "%s has no option \"%s\", but %s".formatted(name, option, options(components)));
  }

  private static String options(RecordComponent[] components) {
    return components.length == 0
        ? "no options"
        : Arrays.stream(components).map(RecordComponent::getName).collect(Collectors.joining(", "));
  }

  private static Object value(String name, RecordComponent component, String text) {
    boolean whole = component.getType() == int.class;
    try {
      if (whole) {
        return Integer.parseInt(text);
      }
      return Double.parseDouble(text);
    } catch (NumberFormatException e) {
      throw new FoveaException(
          "%s: %s is a %snumber, not \"%s\""
              .formatted(name, component.getName(), whole ? "whole " : "", text),
          e);
    }
  }

  private static Object[] values(Augmentation step) {
    return Arrays.stream(step.getClass().getRecordComponents())
        .map(
            c -> {
              try {
                return c.getAccessor().invoke(step);
              } catch (ReflectiveOperationException e) {
                throw new IllegalStateException(e); // they are public
              }
            })
        .toArray();
  }

  private static Augmentation make(
      Augmentation usual, RecordComponent[] components, Object[] values) {
    try {
      Constructor<? extends Augmentation> constructor =
          usual
              .getClass()
              .getDeclaredConstructor(
                  Arrays.stream(components).map(RecordComponent::getType).toArray(Class[]::new));
      return constructor.newInstance(values);
    } catch (InvocationTargetException e) {
      if (e.getCause() instanceof IllegalArgumentException wrong) {
        throw new FoveaException(String.valueOf(wrong.getMessage()), wrong);
      }
      throw new IllegalStateException(e);
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException(e);
    }
  }

  static String write(Augmentations all) {
    var parts = new ArrayList<String>();
    if (all.border() != Border.ZERO) {
      parts.add(BORDER + ":" + all.border());
    }
    all.steps().forEach(step -> parts.add(write(step)));
    return parts.isEmpty() ? NONE : String.join("+", parts);
  }

  private static String write(Augmentation step) {
    var name =
        USUAL.entrySet().stream()
            .filter(e -> e.getValue().getClass() == step.getClass())
            .map(Map.Entry::getKey)
            .findFirst()
            .orElseThrow(
                () ->
                    new FoveaException(
                        step.getClass().getName()
                            + " has no name as text; only Fovea's own augmentations do"));
    var components = step.getClass().getRecordComponents();
    var usual = values(Objects.requireNonNull(USUAL.get(name)));
    var values = values(step);
    var options = new ArrayList<String>();
    for (int i = 0; i < values.length; i++) {
      if (!values[i].equals(usual[i])) {
        var text = values[i] instanceof Double d ? Ranges.plain(d) : String.valueOf(values[i]);
        options.add(components[i].getName() + "=" + text);
      }
    }
    return options.isEmpty() ? name : name + ":" + String.join(",", options);
  }

  /// Every step with all its options.
  static List<String> usual() {
    return USUAL.entrySet().stream()
        .map(
            e -> {
              var step = e.getValue();
              var components = step.getClass().getRecordComponents();
              var values = values(step);
              var options = new ArrayList<String>();
              for (int i = 0; i < values.length; i++) {
                var text =
                    values[i] instanceof Double d
                        ? Ranges.plain(Math.rint(d * 1000) / 1000)
                        : String.valueOf(values[i]);
                options.add(components[i].getName() + "=" + text);
              }
              return e.getKey() + (options.isEmpty() ? "" : ":" + String.join(",", options));
            })
        .toList();
  }
}
