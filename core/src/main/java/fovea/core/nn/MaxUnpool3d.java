package fovea.core.nn;

/// Puts values back to where a [MaxPool3d] had found its largest, zeros everywhere else; to the
/// size of what that had pooled (Zeiler & Fergus 2014, section 2.1; Badrinarayanan et al. 2017,
/// SegNet, section 3). Without the layers: [fovea.core.tensor.Pooling#maxUnpool].
///
/// ```java
/// var pool = new MaxPool3d(2);
/// var unpool = new MaxUnpool3d(pool);
/// var y = unpool.forward(decode.forward(pool.forward(x)));
/// ```
///
/// **Shapes**: `x [N, C, OD, OH, OW]` → `y [N, C, D, H, W]`.
public final class MaxUnpool3d extends MaxUnpool {
  /// Undoes a pooling layer, which remembers its switches from now on: those of each forward pass
  /// for the next forward pass of this layer on the same thread.
  public MaxUnpool3d(MaxPool3d pool) {
    super(pool);
  }
}
