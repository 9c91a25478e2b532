package fovea.core.kernel.onednn;

import fovea.core.kernel.KernelProvider;
import fovea.core.kernel.Kernels;
import fovea.core.kernel.Loops;

/// Offers the kernels that run on oneDNN, wherever its library can be loaded.
public final class OneDnnProvider implements KernelProvider {
  public OneDnnProvider() {}

  @Override
  public int rank() {
    return 100;
  }

  @Override
  public Kernels load(Kernels plain) {
    NativeLibrary.load();
    return new OneDnnKernels(plain, Loops.find());
  }
}
