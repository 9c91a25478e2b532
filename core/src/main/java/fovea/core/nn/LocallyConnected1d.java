package fovea.core.nn;

import fovea.core.kernel.Window;

/// As [LocallyConnected2d], of sequences.
///
/// **Shapes**: `x [N, C, L]` → `y [N, K, OL]`; state `weight [OL, KL·C, K]`, `bias [OL, K]`.
public final class LocallyConnected1d extends LocallyConnected {
  /// For sequences of one length.
  ///
  /// @param in channels
  /// @param out filters at each place
  /// @param window of one axis; its padding counts as zeros
  /// @throws IllegalArgumentException when the window does not fit on the padded sequence
  public LocallyConnected1d(int in, int out, Window window, int length) {
    super(in, out, window, length);
  }
}
