package fovea.app;

import picocli.CommandLine;
import picocli.CommandLine.Command;

/// The `fovea` command.
@Command(name = "fovea", mixinStandardHelpOptions = true, version = "fovea 0.1.0")
public final class Main implements Runnable {

  private Main() {}

  @Override
  public void run() {
    CommandLine.usage(this, System.out);
  }

  /// Runs the command and exits with its status.
  ///
  /// @param args the command line
  public static void main(String[] args) {
    System.exit(new CommandLine(new Main()).execute(args));
  }
}
