package fovea.core.kernel;

/// What is done to each element of some arrays in one pass over memory, such as a step of an
/// optimizer: each new value is a function of the elements at the same place.
///
/// ```java
/// // p ← p − 0.1·g
/// kernels.pass((t, n) -> {
///   for (int i = 0; i < n; i++) {
///     t[0][i] -= 0.1 * t[1][i];
///   }
/// }, 1, p, g);
/// ```
///
/// A plain loop without branches runs on the processor's vectors: the compiler sees to that.
@FunctionalInterface
public interface Pass {
  /// Does it to a tile. Called by several threads at the same time, each with tiles of its own.
  ///
  /// @param t a tile of each array, in float64, in the order of the arrays
  /// @param n how many elements they hold; what lies behind is without meaning
  void apply(double[][] t, int n);
}
