package fovea.app;

import java.util.Locale;
import picocli.AutoComplete;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/// `fovea completion`.
@Command(
    name = "completion",
    header = "Print a script that completes commands, options and names in a shell.",
    description = "Prints a script for the shell to read, best each time it starts.",
    footer = {
      "  source <(fovea completion bash)                 for this shell, also in zsh",
      "  fovea completion bash >> ~/.bashrc              for all to come",
      "  fovea completion zsh >> ~/.zshrc",
    })
@SuppressWarnings("NullAway.Init") // picocli sets the fields
final class CompletionCommand extends Subcommand {
  enum Shell {
    BASH,
    ZSH;

    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /// For picocli.
  static final class ToShell extends Choice<Shell> {
    ToShell() {
      super(Shell.class);
    }
  }

  @SuppressWarnings("unused") // it only has to be one of these
  @Parameters(
      index = "0",
      paramLabel = "SHELL",
      converter = ToShell.class,
      description = "${COMPLETION-CANDIDATES}")
  private Shell shell;

  CompletionCommand(Console console) {
    super(console);
  }

  @Override
  public Integer call() {
    // One script serves both: in zsh it switches on the completion that bash has.
    console().out().print(AutoComplete.bash("fovea", Main.commandLine(console(), false)));
    return ExitCode.DONE;
  }
}
