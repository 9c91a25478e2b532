package fovea.core.nn;

import fovea.core.kernel.Window;

/// A layer of local filters that are not shared: as a convolution, but with weights of its own at
/// each place (LeCun 1989; Taigman et al. 2014, section 3). 200×200 pixels under 10×10 windows, one
/// for each pixel: 4 million weights, where a convolution has 100 and a fully connected layer 1.6
/// billion.
///
/// **Shapes**: `x [N, C, H, W]` → `y [N, K, OH, OW]`, OH as that of [Conv2d]; state `weight [OH·OW,
/// KH·KW·C, K]`, `bias [OH, OW, K]`, as in Keras 2 (PyTorch has no such layer).
///
/// Weights and biases start uniform within ±√(1/(KH·KW·C)).
public final class LocallyConnected2d extends LocallyConnected {
  /// For images of one size.
  ///
  /// @param in channels
  /// @param out filters at each place
  /// @param window its padding counts as zeros
  /// @throws IllegalArgumentException when the window does not fit on the padded image
  public LocallyConnected2d(int in, int out, Window window, int height, int width) {
    super(in, out, window, height, width);
  }
}
