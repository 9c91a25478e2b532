package fovea.core.train;

import fovea.core.FoveaException;

/// The loss is no longer a number: training cannot go on from here.
public final class DivergedException extends FoveaException {
  private static final long serialVersionUID = 1;

  DivergedException(String message) {
    super(message);
  }
}
