package fovea.lab.parity;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;

/// Which of Fovea's kernels run in plain Java, found by looking at what a thread does every
/// millisecond.
final class PlainJava {
  private static final double SECONDS = 0.5;

  /// Of less than this share one cannot be sure.
  private static final double NOTICED = 0.03;

  private static final String PLAIN = "fovea.core.kernel.Java";
  private static final String NATIVE = "fovea.core.kernel.onednn.";
  private static final String VECTORS = "fovea.core.kernel.vector.";

  private PlainJava() {}

  /// Milliseconds of a step that pass in each plain kernel.
  ///
  /// @param milliseconds of a step
  static Map<String, Double> shares(Runnable step, double milliseconds) {
    var seen = new ConcurrentHashMap<String, Integer>();
    var looks = new AtomicInteger();
    var done = new AtomicBoolean();
    var watched = Thread.currentThread();
    var watcher =
        Thread.ofPlatform()
            .daemon()
            .start(
                () -> {
                  while (!done.get()) {
                    var kernel = plainKernel(watched.getStackTrace());
                    looks.incrementAndGet();
                    if (!kernel.isEmpty()) {
                      seen.merge(kernel, 1, Integer::sum);
                    }
                    pause();
                  }
                });
    long end = System.nanoTime() + (long) (SECONDS * 1e9);
    do {
      step.run();
    } while (System.nanoTime() < end);
    done.set(true);
    try {
      watcher.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    var shares = new LinkedHashMap<String, Double>();
    seen.forEach(
        (kernel, count) -> {
          double share = (double) count / looks.get();
          if (share >= NOTICED) {
            shares.put(kernel, share * milliseconds);
          }
        });
    return shares;
  }

  private static void pause() {
    try {
      Thread.sleep(1);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /// The kernel that the thread was asked for, where it is at it in plain Java; else empty.
  private static String plainKernel(StackTraceElement... stack) {
    var kernel = "";
    // From the innermost call outwards: what is met first is at work.
    for (var frame : stack) {
      var name = frame.getClassName();
      if (name.startsWith(PLAIN)) {
        kernel = frame.getMethodName();
      } else if (!kernel.isEmpty() || name.startsWith(NATIVE) || name.startsWith(VECTORS)) {
        return kernel;
      }
    }
    return kernel;
  }
}
