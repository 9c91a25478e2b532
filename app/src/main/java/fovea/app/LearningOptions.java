package fovea.app;

import fovea.core.FoveaException;
import fovea.core.UnknownNameException;
import fovea.core.loss.CrossEntropy;
import fovea.core.loss.Losses;
import fovea.core.nn.Start;
import fovea.core.nn.Starts;
import fovea.core.optim.ParameterGroups;
import fovea.core.optim.Schedule;
import fovea.core.optim.Schedules;
import fovea.core.optim.UpdateRule;
import fovea.core.optim.UpdateRules;
import fovea.core.tensor.Precision;
import fovea.vision.augment.Augmentations;
import fovea.vision.run.Settings;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;

/// How a network learns, as options of a command: what becomes [Settings].
final class LearningOptions {
  /// What only networks have that are trained step by step.
  static final Set<String> OF_STEPS =
      Set.of(
          "--epochs",
          "--batch",
          "--optimizer",
          "--group",
          "--rate",
          "--momentum",
          "--nesterov",
          "--weight-decay",
          "--schedule",
          "--warmup",
          "--loss",
          "--init",
          "--patience",
          "--precision",
          "--augment");

  @Option(
      names = "--epochs",
      paramLabel = "N",
      description = "Passes over the training images (default: 8).")
  private @Nullable Integer epochs;

  @Option(names = "--batch", paramLabel = "N", description = "Images in a step (default: 64).")
  private @Nullable Integer batch;

  @Option(
      names = "--optimizer",
      paramLabel = "RULE",
      description =
          "As in sgd, adamw:rate=1e-3,weight-decay=0.05 or adam+clip-norm:1+ema:0.999, see fovea help optimizers (default: adam).")
  private @Nullable String optimizer;

  @Option(
      names = "--group",
      paramLabel = "NAMES=RULE",
      description =
          "Another rule for some parameters: matrices=muon, vectors=sgd or fc*=adam:rate=1e-4. May be given several times; the first that fits counts.")
  private List<String> groups = List.of();

  @Option(names = "--rate", paramLabel = "X", description = "The optimizer's learning rate.")
  private @Nullable Double rate;

  @Option(names = "--momentum", paramLabel = "X", description = "Of sgd and others that have it.")
  private @Nullable Double momentum;

  @Option(names = "--nesterov", description = "Let sgd look ahead along its momentum.")
  private boolean nesterov;

  @Option(
      names = "--weight-decay",
      paramLabel = "X",
      description = "The optimizer's pull of all weights towards 0.")
  private @Nullable Double weightDecay;

  @Option(
      names = "--schedule",
      paramLabel = "CURVE",
      description =
          "How the rate moves, as in constant, one-cycle or step:0.3,0.1, see fovea help schedules (default: cosine).")
  private @Nullable String schedule;

  @Option(
      names = "--warmup",
      paramLabel = "SHARE",
      description = "Share of the training in which the rate rises first (default: 0).")
  private @Nullable Double warmup;

  @Option(
      names = "--loss",
      paramLabel = "LOSS",
      description =
          "What to make small, as in cross-entropy:smoothing=0.1 or focal:gamma=2, see fovea help losses (default: cross-entropy).")
  private @Nullable String loss;

  @Option(
      names = "--init",
      paramLabel = "START",
      description =
          "How weights start, as in he-normal or lsuv, see fovea help initialisers (default: own, as each layer says).")
  private @Nullable String init;

  @Option(
      names = "--patience",
      paramLabel = "N",
      description =
          "End after N epochs without a better one on the validation images (default: never).")
  private @Nullable Integer patience;

  @Option(
      names = "--validation",
      paramLabel = "SHARE",
      description =
          "Share of the training images that choose the best epoch, where the data have no validation images (default: 0.1).")
  private @Nullable Double validation;

  @Option(
      names = "--seed",
      paramLabel = "N",
      description = "Of all chance; the same seed gives the same bits (default: 0).")
  private @Nullable Long seed;

  @Option(
      names = "--precision",
      paramLabel = "TYPE",
      converter = ComputingCommand.ToPrecision.class,
      description =
          "Compute in ${COMPLETION-CANDIDATES}: bf16 takes half the memory and up to half the time, on processors that multiply it (default: f32).")
  private @Nullable Precision precision;

  @Option(
      names = "--augment",
      paramLabel = "STEPS",
      description =
          "Change training images at random, as in cifar or crop:pad=4+flip+rotate:15, see fovea augment (default: none).")
  private @Nullable String augment;

  @Option(
      names = "--skip-broken",
      description =
          "Leave out images that cannot be read, after naming each; else one is an error.")
  private boolean skipBroken;

  /// The settings that were asked for.
  ///
  /// @param command whose options these are
  /// @throws ParameterException naming what is unknown or wrong
  Settings settings(Subcommand command) {
    var course = named(command, "schedules", schedule == null ? "cosine" : schedule, this::course);
    return new Settings(
        epochs == null ? 8 : epochs,
        batch == null ? 64 : batch,
        named(command, "optimizers", optimizer == null ? "adam" : optimizer, this::rule),
        course,
        loss == null ? new CrossEntropy() : named(command, "losses", loss, Losses::parse),
        init == null ? new Start.Own() : named(command, "initialisers", init, Starts::parse),
        patience == null ? 0 : patience,
        validation == null ? 0.1 : validation,
        seed == null ? 0 : seed,
        precision(command),
        augment == null ? Augmentations.NONE : command.augmentations(augment),
        skipBroken);
  }

  /// Reads what is listed under a topic of the help.
  private static <T> T named(
      Subcommand command, String topic, String text, Function<String, T> read) {
    try {
      return read.apply(text);
    } catch (UnknownNameException e) {
      throw new WrongName(command.spec().commandLine(), e, "fovea help " + topic);
    } catch (FoveaException e) {
      throw new ParameterException(command.spec().commandLine(), String.valueOf(e.getMessage()), e);
    }
  }

  private UpdateRule rule(String text) {
    return UpdateRules.NAMED.parse(text, base -> grouped(adjusted(base)));
  }

  /// With what has options of its own.
  private UpdateRule adjusted(UpdateRule base) {
    var rule = base;
    rule = rate == null ? rule : UpdateRules.NAMED.set(rule, "rate", rate.toString());
    rule = momentum == null ? rule : UpdateRules.NAMED.set(rule, "momentum", momentum.toString());
    rule = nesterov ? UpdateRules.NAMED.set(rule, "nesterov", "true") : rule;
    return weightDecay == null
        ? rule
        : UpdateRules.NAMED.set(rule, "weight-decay", weightDecay.toString());
  }

  private UpdateRule grouped(UpdateRule rest) {
    if (groups.isEmpty()) {
      return rest;
    }
    var all = ParameterGroups.of(rest);
    for (var group : groups) {
      int equals = group.indexOf('=');
      if (equals < 1) {
        throw new FoveaException(
            "a group is written NAMES=RULE, as in *.bias=sgd, not \"%s\"".formatted(group));
      }
      var names = group.substring(0, equals).strip();
      var rule = UpdateRules.parse(group.substring(equals + 1));
      all =
          switch (names) {
            case "matrices" -> all.matrices(rule);
            case "vectors" -> all.vectors(rule);
            default -> all.group(List.of(names.split(",")), rule);
          };
    }
    return all;
  }

  private Schedule course(String text) {
    var course = Schedules.parse(text);
    if (warmup == null) {
      return course;
    }
    return course instanceof Schedule.Cosine ? new Schedule.Cosine(warmup) : course.after(warmup);
  }

  private Precision precision(Subcommand command) {
    if (precision == null || precision.isFast()) {
      return precision == null ? Precision.F32 : precision;
    }
    command.console().warn("bf16 would be slower than f32 on this machine, so training is in f32");
    return Precision.F32;
  }
}
