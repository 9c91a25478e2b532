package fovea.core.memory;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// A stretch of one thread's work at whose end all that was allocated in it goes back to the pool,
/// but for what was kept. The trainer opens one for each step; ordinary code never needs to.
///
/// ```java
/// try (var step = Scope.open("step 7")) {
///   ...
/// }
/// ```
///
/// Scopes of a thread nest, and must be closed innermost first.
public final class Scope implements AutoCloseable {
  private static final ThreadLocal<@Nullable Scope> CURRENT = new ThreadLocal<>();

  private final String name;
  private final @Nullable Scope outer;
  private final List<Storage> storages = new ArrayList<>();
  private boolean closed;

  private Scope(String name, @Nullable Scope outer) {
    this.name = name;
    this.outer = outer;
  }

  /// Opens a scope on this thread. The name appears in the error of whoever reads what it gave
  /// back.
  public static Scope open(String name) {
    var scope = new Scope(name, CURRENT.get());
    CURRENT.set(scope);
    Memory.opened(scope);
    return scope;
  }

  /// Runs in a scope of its own that gives nothing back at its end: what was allocated stays with
  /// the tape that is recording.
  static <T extends @Nullable Object> T runUnreleased(Supplier<T> body) {
    try (var scope = open("captured step")) {
      var result = body.get();
      scope.storages.clear();
      return result;
    }
  }

  static @Nullable Scope current() {
    return CURRENT.get();
  }

  @Nullable Scope outer() {
    return outer;
  }

  void add(Storage storage) {
    storages.add(storage);
  }

  List<Storage> storages() {
    return storages;
  }

  /// Moves a storage out of all scopes, into the collector's care: for state that outlives every
  /// step.
  public static void keepForever(Storage storage) {
    while (storage.inScope()) {
      storage.keep();
    }
  }

  /// Whether a storage was allocated in this scope, and not kept.
  public boolean owns(Storage storage) {
    return storage.belongsTo(this);
  }

  /// Gives back what was allocated in it and not kept.
  ///
  /// @throws IllegalStateException on another thread, or while an inner scope is open
  @Override
  public void close() {
    if (closed) {
      return;
    }
    if (CURRENT.get() != this) {
      throw new IllegalStateException(
          "scope \"" + name + "\" must be closed by the thread that opened it, inner scopes first");
    }
    closed = true;
    if (outer == null) {
      CURRENT.remove();
    } else {
      CURRENT.set(outer);
    }
    Memory.closed(this);
    var when = "scope \"" + name + "\" ended";
    for (var storage : storages) {
      if (storage.belongsTo(this)) {
        storage.release(when);
      }
    }
    storages.clear();
  }
}
