package fovea.vision.run;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import com.fasterxml.jackson.annotation.JsonValue;
import fovea.core.FoveaException;
import fovea.core.io.AtomicFile;
import fovea.core.loss.CrossEntropy;
import fovea.core.loss.Loss;
import fovea.core.loss.Losses;
import fovea.core.nn.Start;
import fovea.core.nn.Starts;
import fovea.core.optim.ParameterGroups;
import fovea.core.optim.Schedule;
import fovea.core.optim.Schedules;
import fovea.core.optim.UpdateRule;
import fovea.core.optim.UpdateRules;
import fovea.core.spec.Specifications;
import fovea.core.tensor.Precision;
import fovea.vision.augment.Augmentations;
import fovea.vision.data.Preprocessing;
import fovea.vision.data.Scaling;
import fovea.vision.data.Whitening;
import fovea.vision.model.InputSize;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SequencedMap;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.JsonParser;
import tools.jackson.databind.DeserializationContext;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.SerializationContext;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.deser.std.StdDeserializer;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.jsontype.NamedType;
import tools.jackson.databind.module.SimpleModule;
import tools.jackson.databind.node.ObjectNode;
import tools.jackson.databind.ser.std.StdSerializer;

/// All that is known of a run, as `run.json` holds it.
///
/// @param fovea the version that made it
/// @param status how far it came
/// @param started when, ISO 8601
/// @param seconds it has taken, all sittings together
/// @param model what was trained
/// @param classes their names, in the order of the labels
/// @param data what it learned from
/// @param preprocessing what images go through before the network
/// @param settings how it was trained
/// @param versions of what it was computed with
/// @param machine it was computed on
/// @param figures how good it is
public record RunRecord(
    String fovea,
    Status status,
    String started,
    double seconds,
    Model model,
    List<String> classes,
    Data data,
    Preprocessing preprocessing,
    Settings settings,
    SequencedMap<String, String> versions,
    Machine machine,
    Figures figures) {

  /// Checks that it is whole.
  ///
  /// @throws NullPointerException when a part is missing; only single figures may be
  public RunRecord {
    for (var part :
        new Object[] {
          fovea,
          status,
          started,
          model,
          classes,
          data,
          preprocessing,
          settings,
          versions,
          machine,
          figures
        }) {
      Objects.requireNonNull(part, "a part of the record is null");
    }
    classes = List.copyOf(classes);
  }

  /// The file's name in the run's folder.
  public static final String FILE = "run.json";

  private static final String PREPROCESSING = "preprocessing";
  private static final String WHITENING = "whitening";

  private static final JsonMapper JSON =
      JsonMapper.builder()
          .addMixIn(UpdateRule.class, ByName.class)
          .addMixIn(Schedule.class, ByName.class)
          .registerSubtypes(names(UpdateRules.NAMED.all()))
          .registerSubtypes(names(Schedules.NAMED.all()))
          .registerSubtypes(new NamedType(ParameterGroups.class, "groups"))
          .addModule(asText(Loss.class, Losses.NAMED))
          .addModule(asText(Start.class, Starts.NAMED))
          .addMixIn(ParameterGroups.Selection.class, SelectionNames.class)
          .addMixIn(Augmentations.class, AugmentationsText.class)
          .enable(SerializationFeature.INDENT_OUTPUT)
          .enable(DeserializationFeature.FAIL_ON_MISSING_CREATOR_PROPERTIES)
          .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
          .build();

  /// How far a run came.
  public enum Status {
    /// It is under way, or was cut off without a word.
    RUNNING,
    /// It was asked to stop; it can go on.
    INTERRUPTED,
    /// Its loss was no longer a number.
    DIVERGED,
    /// It made all its epochs.
    FINISHED
  }

  /// What was trained.
  ///
  /// @param name under which it is built
  /// @param input the images it takes
  /// @param parameters numbers that were trained
  public record Model(String name, InputSize input, long parameters) {}

  /// What a run learned from.
  ///
  /// @param name for people
  /// @param location what opens it again: a built-in name or a path
  /// @param hash of all parts, see [fovea.vision.data.Dataset#hash()]
  /// @param train how many images were learned from
  /// @param validation how many chose the best epoch
  /// @param test how many judged it
  public record Data(
      String name, String location, String hash, int train, int validation, int test) {}

  /// How good a run is. `null` where it has not been measured (yet).
  ///
  /// @param bestEpoch counted from 1; the weights kept are of this epoch
  /// @param validationLoss of the best epoch
  /// @param validationAccuracy of the best epoch, in [0, 1]
  /// @param testLoss of the weights kept
  /// @param testAccuracy of the weights kept, in [0, 1]
  public record Figures(
      @Nullable Integer bestEpoch,
      @Nullable Double validationLoss,
      @Nullable Double validationAccuracy,
      @Nullable Double testLoss,
      @Nullable Double testAccuracy) {
    /// Nothing measured.
    public static final Figures NONE = new Figures(null, null, null, null, null);
  }

  @JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "name")
  private interface ByName {}

  @JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "by")
  @JsonSubTypes({
    @JsonSubTypes.Type(value = ParameterGroups.Selection.Named.class, name = "name"),
    @JsonSubTypes.Type(value = ParameterGroups.Selection.OfAxes.class, name = "axes")
  })
  private interface SelectionNames {}

  /// The kinds of records that have names.
  private static NamedType[] names(Map<String, ?> named) {
    return named.entrySet().stream()
        .map(e -> new NamedType(e.getValue().getClass(), e.getKey()))
        .toArray(NamedType[]::new);
  }

  /// Records that are kept as text. Jackson is handed objects: it may not make any of classes in
  /// here by itself.
  private static <T> SimpleModule asText(Class<T> type, Specifications<T> names) {
    return new SimpleModule("text of " + type.getSimpleName())
        .addSerializer(
            type,
            new StdSerializer<>(type) {
              @Override
              public void serialize(T value, JsonGenerator out, SerializationContext context) {
                out.writeString(names.write(value));
              }
            })
        .addDeserializer(
            type,
            new StdDeserializer<>(type) {
              @Override
              public T deserialize(JsonParser in, DeserializationContext context) {
                return names.parse(in.getString());
              }
            });
  }

  private abstract static class AugmentationsText {
    @JsonCreator(mode = JsonCreator.Mode.DELEGATING)
    static Augmentations parse(String text) {
      return Augmentations.parse(text);
    }

    @Override
    @JsonValue
    public abstract String toString();
  }

  /// This run at another stage.
  public RunRecord at(Status newStatus, double newSeconds, Figures newFigures) {
    return new RunRecord(
        fovea,
        newStatus,
        started,
        newSeconds,
        model,
        classes,
        data,
        preprocessing,
        settings,
        versions,
        machine,
        newFigures);
  }

  /// The same with other preprocessing.
  public RunRecord preprocessing(Preprocessing newPreprocessing) {
    return new RunRecord(
        fovea,
        status,
        started,
        seconds,
        model,
        classes,
        data,
        newPreprocessing,
        settings,
        versions,
        machine,
        figures);
  }

  /// Writes `run.json` into a folder, whole or not at all. A whitening is not part of it, see
  /// [fovea.vision.data.Whitening#write].
  ///
  /// @throws FoveaException naming the folder when that cannot be
  public void write(Path folder) {
    ObjectNode tree = JSON.valueToTree(preprocessing(preprocessing.whitening(null)));
    ((ObjectNode) tree.get(PREPROCESSING)).remove(WHITENING);
    AtomicFile.write(
        folder.resolve(FILE),
        out -> out.write((JSON.writeValueAsString(tree) + "\n").getBytes(StandardCharsets.UTF_8)));
  }

  /// Reads `run.json` from a folder, and the whitening beside it where there is one.
  ///
  /// @throws FoveaException when it is not there or not whole
  public static RunRecord read(Path folder) {
    var file = folder.resolve(FILE);
    try {
      var tree = JSON.readTree(Files.readString(file));
      if (tree.get("settings") instanceof ObjectNode settings) {
        // What there was before there was a choice.
        putIfMissing(settings, "precision", Precision.F32.toString());
        putIfMissing(settings, "augment", Augmentations.NONE.toString());
        putIfMissing(settings, "loss", Losses.NAMED.write(new CrossEntropy()));
        putIfMissing(settings, "start", Starts.NAMED.write(new Start.Own()));
        if (!settings.has("patience")) {
          settings.put("patience", 0);
        }
        addAmsgrad(settings.get("rule"));
        if (!settings.has("skipBroken")) {
          settings.put("skipBroken", false);
        }
      }
      if (tree.get(PREPROCESSING) instanceof ObjectNode before) {
        before.putNull(WHITENING);
        if (!before.has("scaling")) {
          before.put("scaling", Scaling.STANDARDIZE.toString()); // before there was a choice
        }
      }
      var record = JSON.treeToValue(tree, RunRecord.class);
      var p = record.preprocessing;
      return p.scaling().isWhitening()
          ? record.preprocessing(
              p.whitening(Whitening.read(folder, p.channels() * p.height() * p.width())))
          : record;
    } catch (NoSuchFileException e) {
      throw new FoveaException(
          Files.isDirectory(folder)
              ? folder + " is not a run: it holds no " + FILE
              : "there is no run at " + folder,
          e);
    } catch (IOException e) {
      throw new FoveaException("cannot read " + file + ": " + e, e);
    } catch (JacksonException e) {
      throw new FoveaException(file + " is damaged: " + e.getOriginalMessage(), e);
    }
  }

  /// Adam's kin, wherever it is in a rule, as it was before there was a choice.
  private static void addAmsgrad(@Nullable JsonNode rule) {
    if (rule instanceof ObjectNode object) {
      var name = object.path("name").asString("");
      if ((name.equals("adam") || name.equals("adamw")) && !object.has("amsgrad")) {
        object.put("amsgrad", false);
      }
    }
    if (rule != null) {
      rule.values().forEach(RunRecord::addAmsgrad);
    }
  }

  private static void putIfMissing(ObjectNode settings, String name, String value) {
    if (!settings.has(name)) {
      settings.put(name, value);
    }
  }
}
