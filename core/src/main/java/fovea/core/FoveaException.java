package fovea.core;

import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// An error that its user can understand and mend: the message is one sentence that names the
/// culprit (a file, a layer, an image, an option) and, where there is one, what would work. The
/// command line prints it without a stack trace; anything else that escapes is a defect of Fovea.
///
/// Unchecked, because it is nearly always handled in one place, at the top.
public class FoveaException extends RuntimeException {
  private static final long serialVersionUID = 1;

  public FoveaException(String message) {
    super(message);
  }

  public FoveaException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }

  /// The sentence; there always is one.
  @Override
  public String getMessage() {
    return Objects.requireNonNull(super.getMessage());
  }
}
