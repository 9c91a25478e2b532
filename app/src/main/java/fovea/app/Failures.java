package fovea.app;

import fovea.core.FoveaException;
import fovea.core.memory.Memory;
import fovea.core.memory.OutOfNativeMemoryException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.util.Locale;
import java.util.regex.Pattern;

/// What to say to a person of what went wrong.
final class Failures {
  /// What else of Java's memory may be used up.
  private static final Pattern NOT_HEAP = Pattern.compile("thread|[Dd]irect|Metaspace|class space");

  private Failures() {}

  /// One sentence.
  static String message(Throwable thrown) {
    return switch (thrown) {
      // Its further lines are the table of who holds the memory.
      case OutOfNativeMemoryException e -> text(e);
      case FoveaException e -> oneLine(text(e));
      case UncheckedIOException e when e.getCause() != null -> message(e.getCause());
      case FileSystemException e when e.getFile() != null ->
          oneLine("cannot use %s: %s".formatted(e.getFile(), reason(e)));
      case IOException e -> oneLine("cannot read or write: " + reason(e));
      case InvalidPathException e ->
          oneLine(
              "the name %s has characters that the locale lacks; set LC_ALL=C.UTF-8"
                  .formatted(e.getInput()));
      case OutOfMemoryError e when NOT_HEAP.matcher(text(e)).find() -> "out of memory: " + text(e);
      case OutOfMemoryError _ ->
          "out of memory: Java's heap of %s is full; use smaller images or fewer of them, or give it more, as in FOVEA_OPTS=-Xmx8g"
              .formatted(Memory.size(Runtime.getRuntime().maxMemory()));
      case ExceptionInInitializerError e when e.getCause() != null -> message(e.getCause());
      default ->
          oneLine(
              "internal error: %s (this is a defect; run again with --debug and report it)"
                  .formatted(thrown));
    };
  }

  private static String text(Throwable thrown) {
    var message = thrown.getMessage();
    return message == null ? thrown.getClass().getSimpleName() : message;
  }

  /// Names of files may hold line breaks, and worse things for a terminal.
  static String oneLine(String message) {
    return Text.plain(message.strip().replaceAll("\\R\\s*", " "));
  }

  /// Why reading or writing failed, without the path.
  static String reason(IOException e) {
    return switch (e) {
      case NoSuchFileException _ -> "it does not exist";
      case AccessDeniedException _ -> "permission denied";
      case FileAlreadyExistsException _ -> "a file is in the way";
      case FileSystemException f when f.getReason() != null -> known(f.getReason());
      default -> {
        var message = e.getMessage();
        yield message == null || message.isBlank() ? e.getClass().getSimpleName() : known(message);
      }
    };
  }

  private static String known(String reason) {
    return reason.contains("No space left on device")
        ? "the disk is full"
        : reason.substring(0, 1).toLowerCase(Locale.ROOT) + reason.substring(1);
  }
}
