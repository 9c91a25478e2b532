package fovea.app;

import fovea.core.UnknownNameException;
import picocli.CommandLine;
import picocli.CommandLine.ParameterException;

/// A name on the command line that nothing answers to.
final class WrongName extends ParameterException {
  private static final long serialVersionUID = 1;

  private final String list;

  /// @param list the command that lists the names that would work
  WrongName(CommandLine command, UnknownNameException cause, String list) {
    super(command, String.valueOf(cause.getMessage()), cause);
    this.list = list;
  }

  /// The command that lists the names that would work.
  String list() {
    return list;
  }
}
