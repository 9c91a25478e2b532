package fovea.app;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/// Ctrl-C, and other requests to end, while work is going on that can end well: the first asks it
/// to, the second ends the process (once files in writing are whole), the third at once.
///
/// A shutdown hook would not do: a second Ctrl-C has no effect while hooks run.
final class Interruption implements BooleanSupplier, AutoCloseable {
  private static final Map<String, Integer> SIGNALS = Map.of("INT", 2, "TERM", 15, "HUP", 1);

  private final Runnable first;
  private final AtomicInteger count = new AtomicInteger();
  private volatile int code;
  private final Map<String, Object> before = new LinkedHashMap<>();

  /// @param first done at the first request
  Interruption(Runnable first) {
    this.first = first;
  }

  /// Takes requests from now on, in place of ending the process.
  void listen() {
    SIGNALS.forEach(
        (name, number) -> {
          try {
            before.put(name, Signals.handle(name, Signals.handler(() -> received(number))));
          } catch (ReflectiveOperationException e) {
            // This system does not know it, or Java was told to leave it alone (-Xrs).
          }
        });
  }

  private void received(int number) {
    switch (count.incrementAndGet()) {
      case 1 -> {
        code = 128 + number;
        first.run();
      }
      case 2 -> System.exit(128 + number);
      default -> Runtime.getRuntime().halt(128 + number);
    }
  }

  /// Whether the work is to end.
  @Override
  public boolean getAsBoolean() {
    return code != 0;
  }

  /// What the process says when it ended for that reason: 130 for Ctrl-C.
  int exitCode() {
    return code;
  }

  /// From now on, requests end the process again.
  @Override
  public void close() {
    before.forEach(
        (name, handler) -> {
          try {
            Signals.handle(name, handler);
          } catch (ReflectiveOperationException e) {
            throw new IllegalStateException("cannot put back what handled " + name, e);
          }
        });
    before.clear();
  }

  /// `sun.misc.Signal`, which javac warns of in a way that cannot be switched off.
  private static final class Signals {
    private Signals() {}

    static Object handler(Runnable action) throws ClassNotFoundException {
      return Proxy.newProxyInstance(
          Signals.class.getClassLoader(),
          new Class<?>[] {Class.forName("sun.misc.SignalHandler")},
          (_, _, _) -> {
            action.run();
            return null;
          });
    }

    /// @return what handled it before
    static Object handle(String name, @Nullable Object handler)
        throws ReflectiveOperationException {
      var signal = Class.forName("sun.misc.Signal");
      try {
        return signal
            .getMethod("handle", signal, Class.forName("sun.misc.SignalHandler"))
            .invoke(null, signal.getConstructor(String.class).newInstance(name), handler);
      } catch (InvocationTargetException e) {
        throw new ReflectiveOperationException(e.getCause());
      }
    }
  }
}
