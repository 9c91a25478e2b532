package fovea.core.testing;

import static org.junit.jupiter.api.Assertions.fail;

import fovea.core.memory.Memory;
import fovea.core.memory.Scope;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import java.lang.reflect.Modifier;
import java.time.Duration;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ExtensionContext.Namespace;
import org.junit.platform.commons.support.AnnotationSupport;

/// Fails every test after which more native memory is in use than before it. Registered for all
/// tests of the module; nothing need be declared.
///
/// A test runs in a [Scope], so that what it allocates on its own thread goes back at its end. What
/// it kept, or allocated on other threads, must be found by the collector: nobody may hold it any
/// longer but the fields of the test's own instance, which are cleared.
///
/// Memory is counted for the whole process. Of tests that run at the same time, the last to end
/// answers for all of them.
public final class NativeMemoryCheck implements BeforeEachCallback, AfterEachCallback {

  /// For tests of what happens outside any scope: they get none around them.
  @Retention(RetentionPolicy.RUNTIME)
  @Target({ElementType.METHOD, ElementType.TYPE})
  public @interface OutsideScopes {}

  private static final Namespace NAMESPACE = Namespace.create(NativeMemoryCheck.class);

  private final Duration patience;

  // Guarded by `this`: one stretch of time in which at least one test runs.
  private final Set<String> tests = new TreeSet<>();
  private int running;
  private long before;

  public NativeMemoryCheck() {
    this(Duration.ofSeconds(5));
  }

  /// @param patience how long to wait for other threads to end and for the collector
  NativeMemoryCheck(Duration patience) {
    this.patience = patience;
  }

  @Override
  public void beforeEach(ExtensionContext context) {
    begin(name(context));
    var outside =
        AnnotationSupport.isAnnotated(context.getElement(), OutsideScopes.class)
            || AnnotationSupport.isAnnotated(context.getTestClass(), OutsideScopes.class);
    if (!outside) {
      context.getStore(NAMESPACE).put(Scope.class, Scope.open(name(context)));
    }
  }

  @Override
  public void afterEach(ExtensionContext context) {
    var scope = context.getStore(NAMESPACE).remove(Scope.class, Scope.class);
    try {
      if (scope != null) {
        scope.close();
      }
    } finally {
      end(() -> forget(context));
    }
  }

  private static String name(ExtensionContext context) {
    return context.getRequiredTestClass().getSimpleName() + ", " + context.getDisplayName();
  }

  synchronized void begin(String test) {
    if (running++ == 0) {
      before = Memory.liveBytes();
      tests.clear();
    }
    tests.add(test);
  }

  /// @param forget lets go of what the test itself holds; called only where memory is left
  synchronized void end(Runnable forget) {
    if (--running > 0 || Memory.liveBytes() <= before) {
      return;
    }
    forget.run();
    // Tests that begin meanwhile wait for this method, so that they cannot disturb the count.
    long deadline = System.nanoTime() + patience.toNanos();
    for (long pause = 1; Memory.liveBytes() > before; pause = Math.min(2 * pause, 100)) {
      if (System.nanoTime() > deadline) {
        fail(
            "native memory leaked: %s still in use that was not before %s; something holds a kept tensor or one of another thread"
                .formatted(Memory.size(Memory.liveBytes() - before), String.join(" or ", tests)));
      }
      System.gc();
      pause(pause);
    }
  }

  private static void pause(long milliseconds) {
    try {
      Thread.sleep(milliseconds);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /// Clears the fields of instances that were made for this one test and that JUnit still holds.
  private static void forget(ExtensionContext context) {
    var instances = context.getTestInstances();
    if (instances.isEmpty()
        || context.getTestInstanceLifecycle().orElse(Lifecycle.PER_CLASS) == Lifecycle.PER_CLASS) {
      return;
    }
    for (var instance : instances.get().getAllInstances()) {
      for (Class<?> c = instance.getClass(); c != null; c = c.getSuperclass()) {
        for (var field : c.getDeclaredFields()) {
          int modifiers = field.getModifiers();
          if (!Modifier.isStatic(modifiers)
              && !Modifier.isFinal(modifiers)
              && !field.getType().isPrimitive()) {
            try {
              field.setAccessible(true);
              field.set(instance, null);
            } catch (IllegalAccessException e) {
              throw new AssertionError(e);
            }
          }
        }
      }
    }
  }
}
