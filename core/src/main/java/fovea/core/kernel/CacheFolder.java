package fovea.core.kernel;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/// The folder of this user for what can be made again: native libraries, unpacked.
public final class CacheFolder {
  private CacheFolder() {}

  /// Its path, whether it exists or not; `null` where this user has no home.
  public static @Nullable Path path() {
    var xdg = System.getenv("XDG_CACHE_HOME");
    if (xdg != null && !xdg.isBlank()) {
      return Path.of(xdg, "fovea");
    }
    var windows = System.getenv("LOCALAPPDATA");
    if (windows != null && !windows.isBlank()) {
      return Path.of(windows, "fovea", "cache");
    }
    var home = System.getProperty("user.home", "");
    return home.isBlank() ? null : Path.of(home, ".cache", "fovea");
  }
}
