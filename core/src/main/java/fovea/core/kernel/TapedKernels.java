package fovea.core.kernel;

import fovea.core.array.NdArray;
import fovea.core.array.Rng;
import fovea.core.memory.Tape;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import org.jspecify.annotations.Nullable;

/// Kernels that put their calls on the tape that this thread records.
final class TapedKernels {
  /// [Best], made when a step is first captured.
  static final Kernels BEST = over(Best.KERNELS);

  private TapedKernels() {}

  private static Kernels over(Kernels kernels) {
    return (Kernels)
        Proxy.newProxyInstance(
            Kernels.class.getClassLoader(),
            new Class<?>[] {Kernels.class},
            (proxy, method, arguments) -> call(kernels, method, arguments));
  }

  private static @Nullable Object call(
      Kernels kernels, Method method, @Nullable Object @Nullable [] arguments) {
    var tape = Tape.recording();
    if (tape == null || method.getReturnType() != void.class || arguments == null) {
      return invoke(kernels, method, arguments);
    }
    for (var argument : arguments) {
      if (argument instanceof Rng rng) {
        tape.draws(rng);
      } else if (argument instanceof NdArray array) {
        tape.uses(array.storage());
      } else if (argument instanceof NdArray[] arrays) {
        for (var array : arrays) {
          tape.uses(array.storage());
        }
      } else if (argument instanceof Norm norm) {
        tape.uses(norm.gamma().storage());
        tape.uses(norm.beta().storage());
        tape.uses(norm.mean().storage());
        tape.uses(norm.variance().storage());
      }
    }
    tape.kernel(() -> invoke(kernels, method, arguments));
    return null;
  }

  private static @Nullable Object invoke(
      Kernels kernels, Method method, @Nullable Object @Nullable [] arguments) {
    try {
      return method.invoke(kernels, arguments);
    } catch (InvocationTargetException e) {
      if (e.getCause() instanceof RuntimeException cause) {
        throw cause;
      }
      if (e.getCause() instanceof Error cause) {
        throw cause;
      }
      throw new AssertionError("kernels throw no checked exceptions", e);
    } catch (IllegalAccessException e) {
      throw new AssertionError("the methods of an interface are public", e);
    }
  }
}
