package fovea.app;

import fovea.core.UnknownNameException;
import fovea.core.loss.Losses;
import fovea.core.nn.Starts;
import fovea.core.optim.Schedules;
import fovea.core.optim.UpdateRules;
import fovea.core.spec.Specifications;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/// `fovea help`: of commands, as `--help` is, and of what their options may be.
@Command(
    name = "help",
    helpCommand = true,
    header = "Show help of a command, or list optimizers, schedules, losses or initialisers.",
    description = {
      "Shows what a command does and takes, or what its options may be: optimizers, schedules,",
      "losses, initialisers, each with its usual options.",
    },
    footer = {"  fovea help train", "  fovea help optimizers"})
final class HelpCommand extends Subcommand {
  private static final SequencedMap<String, Topic> TOPICS = new LinkedHashMap<>();

  static {
    TOPICS.put(
        "optimizers",
        new Topic(
            UpdateRules.NAMED,
            "--optimizer",
            "Rules about another, which follow it after a plus; the last is outermost:",
            List.of(
                "Averages (ema, swa, lookahead, schedule-free) are what is measured and kept, with batch",
                "norm's statistics found anew. Steps are counted from 1. Muon is for matrices only:",
                "--optimizer adamw --group matrices=muon:rate=0.02."),
            List.of(
                "sgd:rate=0.1,momentum=0.9,nesterov,weight-decay=5e-4",
                "adamw:rate=1e-3,weight-decay=0.05+clip-norm:1+ema:0.999",
                "sgd+sam:0.05+swa:start=2000,every=100",
                "adam+penalized:l1=1e-5+accumulated:4")));
    TOPICS.put(
        "schedules",
        new Topic(
            Schedules.NAMED,
            "--schedule",
            "About another, which it follows after a plus:",
            List.of(
                "Lengths and points are shares of the training, factors are of the optimizer's rate: the",
                "peak of one-cycle is --rate. plateau goes by the validation loss, epoch by epoch."),
            List.of(
                "cosine",
                "one-cycle:rise=0.2",
                "multi-step:points=0.5/0.75,gamma=0.1",
                "polynomial:0.9+warm-up:0.05")));
    TOPICS.put(
        "losses",
        new Topic(
            Losses.NAMED,
            "--loss",
            "",
            List.of(
                "Weights are one for each class, in the order of the labels. bce, focal, hinge and",
                "multilabel-margin look at each class by itself; mse, mae, huber and p-norm compare",
                "probabilities with 0 and 1; margin is for capsules."),
            List.of(
                "cross-entropy:smoothing=0.1",
                "cross-entropy:weights=1/1/5",
                "focal:gamma=2",
                "mse")));
    TOPICS.put(
        "initialisers",
        new Topic(
            Starts.NAMED,
            "--init",
            "",
            List.of(
                "They are for weights of two axes or more; biases and norms start as their layers say.",
                "lsuv and whitening look at training images: lsuv brings each layer's results to variance",
                "1, whitening gives the first convolution filters that whiten patches."),
            List.of("he-normal", "orthogonal:gain=1.4", "lsuv", "constant:0.1")));
  }

  /// What is listed.
  ///
  /// @param option of `fovea train` that takes it
  /// @param about the heading of those that are about another
  private record Topic(
      Specifications<?> names,
      String option,
      String about,
      List<String> notes,
      List<String> examples) {}

  @Parameters(
      arity = "0..1",
      paramLabel = "TOPIC",
      description = "A command, or optimizers, schedules, losses, initialisers.")
  private @Nullable String topic;

  HelpCommand(Console console) {
    super(console);
  }

  @Override
  public Integer call() {
    var all = spec().parent().commandLine();
    if (topic == null) {
      all.usage(console().out());
      return ExitCode.DONE;
    }
    var command = all.getSubcommands().get(topic);
    var listed = TOPICS.get(topic);
    if (command != null) {
      command.usage(console().out());
    } else if (listed != null) {
      print(listed);
    } else {
      var known = new ArrayList<>(all.getSubcommands().keySet());
      known.addAll(TOPICS.keySet());
      throw new WrongName(
          spec().commandLine(),
          new UnknownNameException("command or topic", topic, known),
          "fovea help");
    }
    return ExitCode.DONE;
  }

  private void print(Topic listed) {
    var out = console().out();
    out.println("fovea train " + listed.option + " NAME:OPTION=VALUE,…");
    out.println();
    var last = listed.names.names(true);
    var usual = listed.names.usual();
    usual.stream()
        .filter(text -> !last.contains(name(text)))
        .forEach(text -> out.println("  " + text));
    if (!last.isEmpty()) {
      out.println();
      out.println(listed.about);
      usual.stream()
          .filter(text -> last.contains(name(text)))
          .forEach(text -> out.println("  " + text));
    }
    out.println();
    listed.notes.forEach(out::println);
    out.println();
    out.println(
        "Options not named are as above, and may stand in their order without names. Examples:");
    listed.examples.forEach(
        example -> out.println("  fovea train lenet5 digits " + listed.option + " " + example));
  }

  private static String name(String text) {
    int colon = text.indexOf(':');
    return colon < 0 ? text : text.substring(0, colon);
  }
}
