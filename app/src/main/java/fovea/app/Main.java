package fovea.app;

import fovea.core.FoveaException;
import fovea.core.Version;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Help.Ansi;
import picocli.CommandLine.IFactory;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.UnmatchedArgumentException;

/// The `fovea` command: finds the command that is meant, and turns what goes wrong into one
/// sentence and an exit code.
@Command(
    name = "fovea",
    versionProvider = Main.VersionLine.class,
    description = "Deep learning for computer vision in Java.",
    synopsisSubcommandLabel = "COMMAND",
    sortOptions = false,
    descriptionHeading = "%n",
    commandListHeading = "%nCommands:%n",
    optionListHeading = "%nOptions:%n",
    footerHeading = "%nExamples:%n",
    footer = {
      "  fovea train                          LeNet-5 on digits that Fovea draws itself",
      "  fovea train mlp:300,100 data/mnist   another network, one's own images",
      "  fovea predict runs/lenet5-digits-1 seven.png",
      "  fovea graph \"(x + y) * z\" x=-2 y=5 z=-4",
      "  fovea bench                          how fast this machine trains and infers",
      "  fovea run examples/SmallestNetwork.java",
      "",
      "A MODEL is one of `fovea models`; DATA is one of `fovea datasets` or a path. What a command",
      "finds out goes to standard output, all else to standard error. Options for the Java virtual",
      "machine go into FOVEA_OPTS: -Xmx8g for its heap, -Dfovea.memory=16g for tensors.",
      "",
      "Exit codes: 0 done, 1 failed, 2 wrong usage, 130 interrupted.",
    })
public final class Main {
  private static final List<String> VERSION = List.of("--version", "-V");

  private static final List<Class<?>> COMMANDS =
      List.of(
          TrainCommand.class,
          EvaluateCommand.class,
          CompareCommand.class,
          PredictCommand.class,
          SummaryCommand.class,
          GraphCommand.class,
          ModelsCommand.class,
          DatasetsCommand.class,
          AugmentCommand.class,
          RunCommand.class,
          BenchCommand.class,
          DoctorCommand.class,
          CompletionCommand.class,
          HelpCommand.class);

  @SuppressWarnings("unused") // looked for among the arguments, wherever it stands
  @Option(names = "--debug", description = "Show where in the program an error arose.")
  private boolean debug;

  @SuppressWarnings("unused") // picocli acts on it
  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      description = "Show this help.")
  private boolean help;

  @SuppressWarnings("unused") // picocli acts on it
  @Option(
      names = {"-V", "--version"},
      versionHelp = true,
      description = "Show the version.")
  private boolean version;

  private Main() {}

  /// Prints `fovea 0.1.0`.
  static final class VersionLine implements IVersionProvider {
    @Override
    public String[] getVersion() {
      return new String[] {text()};
    }

    static String text() {
      return "fovea " + Version.current();
    }
  }

  /// Runs the command and exits with its status.
  ///
  /// @param args the command line
  public static void main(String[] args) {
    System.exit(run(Console.ofProcess(), args));
  }

  /// Runs a command.
  ///
  /// @return its exit code
  static int run(Console console, String... args) {
    Warnings.showOn(console);
    if (args.length == 1 && VERSION.contains(args[0])) {
      console.out().println(VersionLine.text()); // At once: picocli takes 0.1 s to get going.
      return end(console, ExitCode.DONE);
    }
    boolean debug = Arrays.asList(args).contains("--debug");
    int code;
    try {
      code = commandLine(console, debug, args).execute(args);
    } catch (Error e) {
      // picocli hands exceptions to the handlers below, but not errors, such as of memory.
      code = failed(console, e, debug);
    }
    return end(console, code);
  }

  private static int end(Console console, int code) {
    var lost = console.finish();
    if (lost != null) {
      console.fail(lost);
      return ExitCode.FAILED;
    }
    return code;
  }

  /// All commands; only the one that is meant, where the arguments start with its name: to look at
  /// each class takes picocli a tenth of a second.
  static CommandLine commandLine(Console console, boolean debug, String... args) {
    var line = new CommandLine(new Main(), factory(console));
    var meant = COMMANDS.stream().filter(c -> args.length > 0 && name(c).equals(args[0])).toList();
    (meant.isEmpty() || name(meant.getFirst()).equals("help") ? COMMANDS : meant)
        .forEach(line::addSubcommand);
    var run = line.getSubcommands().get("run");
    if (run != null) {
      run.setStopAtPositional(true); // What follows the file is the program's.
    }
    line.setUsageHelpLongOptionsMaxWidth(26);
    line.setUsageHelpWidth(96);
    line.setOut(console.out());
    line.setErr(console.err());
    line.setColorScheme(
        CommandLine.Help.defaultColorScheme(console.isOutColoured() ? Ansi.ON : Ansi.OFF));
    line.setExecutionStrategy(
        parsed -> {
          if (!parsed.hasSubcommand()
              && !parsed.isUsageHelpRequested()
              && !parsed.isVersionHelpRequested()) {
            parsed.commandSpec().commandLine().usage(console.err());
            return ExitCode.USAGE;
          }
          return new CommandLine.RunLast().execute(parsed);
        });
    line.setParameterExceptionHandler(
        (e, _) -> {
          console.fail(usage(e));
          if (debug) {
            e.printStackTrace(console.err());
          }
          return ExitCode.USAGE;
        });
    line.setExecutionExceptionHandler((e, _, _) -> failed(console, e, debug));
    return line;
  }

  private static String name(Class<?> command) {
    return command.getAnnotation(Command.class).name();
  }

  private static IFactory factory(Console console) {
    return new IFactory() {
      @Override
      public <K> K create(Class<K> type) throws Exception {
        return Subcommand.class.isAssignableFrom(type)
            ? type.getDeclaredConstructor(Console.class).newInstance(console)
            : CommandLine.defaultFactory().create(type);
      }
    };
  }

  private static int failed(Console console, Throwable thrown, boolean debug) {
    console.fail(Failures.message(thrown));
    if (debug) {
      thrown.printStackTrace(console.err());
    }
    return ExitCode.FAILED;
  }

  /// What is wrong with a command line, and where to read how it would be right.
  private static String usage(ParameterException e) {
    var command = e.getCommandLine().getCommandSpec();
    var message =
        e instanceof UnmatchedArgumentException unmatched
            ? unmatched(unmatched, !command.subcommands().isEmpty())
            : String.valueOf(e.getMessage());
    // An expression's error shows the expression below it, with a mark at the place.
    int end = e.getCause() instanceof FoveaException ? message.indexOf('\n') : -1;
    var sentence = Failures.oneLine(end < 0 ? message : message.substring(0, end));
    return "%s%s See %s.%s"
        .formatted(
            // picocli starts with a capital; acronyms keep theirs.
            sentence.matches("\\p{Lu}\\p{Ll}.*")
                ? sentence.substring(0, 1).toLowerCase(Locale.ROOT) + sentence.substring(1)
                : sentence,
            sentence.endsWith("?") ? "" : ".",
            e instanceof WrongName name ? name.list() : command.qualifiedName() + " --help",
            end < 0 ? "" : message.substring(end));
  }

  private static String unmatched(UnmatchedArgumentException e, boolean command) {
    var what =
        e.isUnknownOption()
            ? "unknown option"
            : command ? "unknown command" : "unexpected argument";
    var near = e.getSuggestions();
    return "%s %s%s"
        .formatted(
            what,
            e.getUnmatched().getFirst(),
            !near.isEmpty()
                ? "; did you mean " + String.join(" or ", near) + "?"
                : e.getCommandLine().getCommand() instanceof GraphCommand
                    ? "; before an expression that starts with a minus, write --"
                    : "");
  }
}
