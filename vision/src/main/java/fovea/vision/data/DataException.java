package fovea.vision.data;

import fovea.core.FoveaException;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemLoopException;
import java.nio.file.NoSuchFileException;
import java.util.zip.ZipException;
import org.jspecify.annotations.Nullable;

/// Data that cannot be read or do not fit together; the message names the file and what is wrong
/// with it.
public final class DataException extends FoveaException {
  private static final long serialVersionUID = 1;

  public DataException(String message) {
    super(message);
  }

  public DataException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }

  /// A file or folder that the system does not let us read.
  static DataException unreadable(String name, IOException cause) {
    var why =
        switch (cause) {
          case NoSuchFileException n -> "it is gone";
          case AccessDeniedException a -> "permission denied";
          case FileSystemLoopException l -> "it links to itself";
          case ZipException z -> "it is damaged (" + z.getMessage() + ")";
          default -> String.valueOf(cause.getMessage());
        };
    return new DataException("cannot read " + name + ": " + why, cause);
  }
}
