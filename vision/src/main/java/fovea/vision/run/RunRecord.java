package fovea.vision.run;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import com.fasterxml.jackson.annotation.JsonValue;
import fovea.core.FoveaException;
import fovea.core.io.AtomicFile;
import fovea.core.optim.Accumulated;
import fovea.core.optim.AdaDelta;
import fovea.core.optim.AdaGrad;
import fovea.core.optim.Adam;
import fovea.core.optim.AdamW;
import fovea.core.optim.Adamax;
import fovea.core.optim.ClipNorm;
import fovea.core.optim.ClipValue;
import fovea.core.optim.Ema;
import fovea.core.optim.Lamb;
import fovea.core.optim.Lars;
import fovea.core.optim.Lion;
import fovea.core.optim.Lookahead;
import fovea.core.optim.Muon;
import fovea.core.optim.NAdam;
import fovea.core.optim.ParameterGroups;
import fovea.core.optim.Penalized;
import fovea.core.optim.RAdam;
import fovea.core.optim.RmsProp;
import fovea.core.optim.Sam;
import fovea.core.optim.Schedule;
import fovea.core.optim.ScheduleFree;
import fovea.core.optim.Sgd;
import fovea.core.optim.Swa;
import fovea.core.optim.UpdateRule;
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
import java.util.Objects;
import java.util.SequencedMap;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

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
          .addMixIn(UpdateRule.class, UpdateRuleNames.class)
          .addMixIn(Schedule.class, ScheduleNames.class)
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
  @JsonSubTypes({
    @JsonSubTypes.Type(value = Sgd.class, name = "sgd"),
    @JsonSubTypes.Type(value = Adam.class, name = "adam"),
    @JsonSubTypes.Type(value = AdamW.class, name = "adamw"),
    @JsonSubTypes.Type(value = AdaGrad.class, name = "adagrad"),
    @JsonSubTypes.Type(value = AdaDelta.class, name = "adadelta"),
    @JsonSubTypes.Type(value = Adamax.class, name = "adamax"),
    @JsonSubTypes.Type(value = NAdam.class, name = "nadam"),
    @JsonSubTypes.Type(value = RAdam.class, name = "radam"),
    @JsonSubTypes.Type(value = RmsProp.class, name = "rmsprop"),
    @JsonSubTypes.Type(value = Lion.class, name = "lion"),
    @JsonSubTypes.Type(value = Lars.class, name = "lars"),
    @JsonSubTypes.Type(value = Lamb.class, name = "lamb"),
    @JsonSubTypes.Type(value = Muon.class, name = "muon"),
    @JsonSubTypes.Type(value = ScheduleFree.class, name = "schedule-free"),
    @JsonSubTypes.Type(value = Sam.class, name = "sam"),
    @JsonSubTypes.Type(value = ClipNorm.class, name = "clip-norm"),
    @JsonSubTypes.Type(value = ClipValue.class, name = "clip-value"),
    @JsonSubTypes.Type(value = Penalized.class, name = "penalized"),
    @JsonSubTypes.Type(value = Accumulated.class, name = "accumulated"),
    @JsonSubTypes.Type(value = Ema.class, name = "ema"),
    @JsonSubTypes.Type(value = Swa.class, name = "swa"),
    @JsonSubTypes.Type(value = Lookahead.class, name = "lookahead"),
    @JsonSubTypes.Type(value = ParameterGroups.class, name = "groups")
  })
  private interface UpdateRuleNames {}

  @JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "name")
  @JsonSubTypes({
    @JsonSubTypes.Type(value = Schedule.Constant.class, name = "constant"),
    @JsonSubTypes.Type(value = Schedule.Cosine.class, name = "cosine"),
    @JsonSubTypes.Type(value = Schedule.CosineRestarts.class, name = "cosine-restarts"),
    @JsonSubTypes.Type(value = Schedule.Step.class, name = "step"),
    @JsonSubTypes.Type(value = Schedule.MultiStep.class, name = "multi-step"),
    @JsonSubTypes.Type(value = Schedule.Exponential.class, name = "exponential"),
    @JsonSubTypes.Type(value = Schedule.Linear.class, name = "linear"),
    @JsonSubTypes.Type(value = Schedule.Polynomial.class, name = "polynomial"),
    @JsonSubTypes.Type(value = Schedule.OneCycle.class, name = "one-cycle"),
    @JsonSubTypes.Type(value = Schedule.WarmUp.class, name = "warm-up"),
    @JsonSubTypes.Type(value = Schedule.Plateau.class, name = "plateau")
  })
  private interface ScheduleNames {}

  @JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "by")
  @JsonSubTypes({
    @JsonSubTypes.Type(value = ParameterGroups.Selection.Named.class, name = "name"),
    @JsonSubTypes.Type(value = ParameterGroups.Selection.OfAxes.class, name = "axes")
  })
  private interface SelectionNames {}

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

  private static void putIfMissing(ObjectNode settings, String name, String value) {
    if (!settings.has(name)) {
      settings.put(name, value);
    }
  }
}
