package fovea.core.kernel;

import fovea.core.FoveaException;
import java.util.Comparator;
import java.util.ServiceLoader;

/// The choice behind [Kernels#best()], made when the class is first used.
final class Best {
  static final Kernels KERNELS = choose();

  private Best() {}

  private static Kernels choose() {
    var plain = new JavaKernels();
    if ("java".equals(System.getProperty("fovea.kernels"))) {
      return plain;
    }
    var providers =
        ServiceLoader.load(KernelProvider.class, Best.class.getClassLoader()).stream()
            .map(ServiceLoader.Provider::get)
            .sorted(Comparator.comparingInt(KernelProvider::rank).reversed())
            .toList();
    var why = "no native kernels are on the module path";
    for (var provider : providers) {
      try {
        return provider.load(plain);
      } catch (FoveaException e) {
        why = e.getMessage();
      }
    }
    System.getLogger("fovea")
        .log(System.Logger.Level.WARNING, "computing in plain Java, which is slow: {0}", why);
    return plain;
  }
}
