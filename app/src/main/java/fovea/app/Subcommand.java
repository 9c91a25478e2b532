package fovea.app;

import fovea.core.FoveaException;
import fovea.core.UnknownNameException;
import fovea.vision.augment.Augmentations;
import fovea.vision.data.DataSplits;
import fovea.vision.data.Datasets;
import fovea.vision.model.Models;
import java.util.Iterator;
import java.util.concurrent.Callable;
import java.util.function.Supplier;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/// What all commands have.
@Command(
    sortOptions = false,
    abbreviateSynopsis = true,
    descriptionHeading = "%n",
    parameterListHeading = "%nArguments:%n",
    optionListHeading = "%nOptions:%n",
    footerHeading = "%nExamples:%n")
@SuppressWarnings("NullAway.Init") // picocli sets the fields
abstract class Subcommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @SuppressWarnings("unused") // Main looks for it among the arguments, whatever becomes of them.
  @Option(names = "--debug", order = 100, description = "Show where in the program an error arose.")
  private boolean debug;

  @SuppressWarnings("unused") // picocli acts on it
  @Option(
      names = {"-h", "--help"},
      order = 101,
      usageHelp = true,
      description = "Show this help.")
  private boolean help;

  private final Console console;

  Subcommand(Console console) {
    this.console = console;
  }

  final Console console() {
    return console;
  }

  final CommandSpec spec() {
    return spec;
  }

  /// A wrong command line, in one sentence without its full stop.
  final ParameterException wrong(String message) {
    return new ParameterException(spec.commandLine(), message);
  }

  /// What `values` makes of values that were given on the command line.
  final <T> T checked(Supplier<T> values) {
    try {
      return values.get();
    } catch (IllegalArgumentException e) {
      throw new ParameterException(spec.commandLine(), String.valueOf(e.getMessage()), e);
    }
  }

  /// Checks a model's name, options and all.
  final Models.Kind kind(String model) {
    try {
      var kind = Models.kind(model);
      Models.build(model, kind.usual(), 10);
      return kind;
    } catch (UnknownNameException e) {
      throw new WrongName(spec.commandLine(), e, "fovea models");
    } catch (FoveaException e) {
      throw new ParameterException(spec.commandLine(), String.valueOf(e.getMessage()), e);
    }
  }

  /// Opens a data set by the name or path that was given on the command line.
  final DataSplits open(String data) {
    try {
      return Datasets.open(data);
    } catch (UnknownNameException e) {
      throw new WrongName(spec.commandLine(), e, "fovea datasets");
    }
  }

  /// Reads augmentations from the command line.
  final Augmentations augmentations(String text) {
    try {
      return Augmentations.parse(text);
    } catch (UnknownNameException e) {
      throw new WrongName(spec.commandLine(), e, "fovea augment --list");
    } catch (FoveaException e) {
      throw new ParameterException(spec.commandLine(), String.valueOf(e.getMessage()), e);
    }
  }

  /// For completion.
  static final class ModelNames implements Iterable<String> {
    @Override
    public Iterator<String> iterator() {
      return Models.kinds().stream().map(Models.Kind::name).iterator();
    }
  }

  /// For completion.
  static final class DataNames implements Iterable<String> {
    @Override
    public Iterator<String> iterator() {
      return Datasets.names().iterator();
    }
  }
}
