package fovea.core.memory;

import fovea.core.FoveaException;

/// The byte budget is spent and neither trimming the pool nor the collector could make room. The
/// message lists the largest holders.
public final class OutOfNativeMemoryException extends FoveaException {
  private static final long serialVersionUID = 1;

  OutOfNativeMemoryException(String message) {
    super(message);
  }
}
