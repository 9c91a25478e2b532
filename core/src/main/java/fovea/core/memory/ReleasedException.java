package fovea.core.memory;

import fovea.core.FoveaException;

/// Memory was read after its scope had ended.
public final class ReleasedException extends FoveaException {
  private static final long serialVersionUID = 1;

  public ReleasedException(String message) {
    super(message);
  }
}
