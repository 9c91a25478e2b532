package fovea.app;

import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.text.MessageFormat;
import java.util.List;
import java.util.ResourceBundle;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// Shows what libraries log as warnings and errors as one line each, where the JDK would print two
/// with a date and a class; keeps silent about all else.
public final class Warnings extends System.LoggerFinder {
  private static final List<String> SEEN = new CopyOnWriteArrayList<>();
  private static volatile Consumer<String> shown = message -> System.err.println(message);

  /// Made by the JDK when somebody first logs.
  public Warnings() {}

  /// Shows them from now on through `console`.
  static void showOn(Console console) {
    shown = console::warn;
  }

  /// Shows none from now on.
  static void keepSilent() {
    shown = _ -> {};
  }

  /// All that were logged in this process.
  static List<String> seen() {
    return List.copyOf(SEEN);
  }

  @Override
  public Logger getLogger(String name, Module module) {
    return new OneLine(name);
  }

  private record OneLine(String name) implements Logger {
    @Override
    public String getName() {
      return name;
    }

    @Override
    public boolean isLoggable(Level level) {
      return level.getSeverity() >= Level.WARNING.getSeverity() && level != Level.OFF;
    }

    @Override
    public void log(
        Level level,
        @Nullable ResourceBundle bundle,
        @Nullable String message,
        @Nullable Throwable thrown) {
      log(level, bundle, thrown == null ? message : message + ": " + thrown, new Object[0]);
    }

    @Override
    public void log(
        Level level,
        @Nullable ResourceBundle bundle,
        @Nullable String format,
        @Nullable Object @Nullable ... parameters) {
      if (!isLoggable(level) || format == null) {
        return;
      }
      var message =
          parameters == null || parameters.length == 0
              ? format
              : MessageFormat.format(format, parameters);
      SEEN.add(message);
      shown.accept(message);
    }
  }
}
