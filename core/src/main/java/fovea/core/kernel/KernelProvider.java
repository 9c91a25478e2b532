package fovea.core.kernel;

/// Offers an implementation of [Kernels] as a Java service.
public interface KernelProvider {
  /// Higher is preferred.
  int rank();

  /// Loads it.
  ///
  /// @param plain what to hand on to what the implementation has no faster way for
  /// @throws fovea.core.FoveaException saying why it cannot run on this machine
  Kernels load(Kernels plain);
}
