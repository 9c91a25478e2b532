package fovea.app;

import fovea.core.FoveaException;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.jspecify.annotations.Nullable;

/// The folder of a run, held against other processes while this one works in it.
final class RunFolder implements AutoCloseable {
  private static final String LOCK = ".lock";

  private final Path path;
  private final boolean made;
  private final @Nullable FileChannel lock;

  private RunFolder(Path path, boolean made) {
    this.path = path;
    this.made = made;
    this.lock = lock(path);
  }

  /// Makes a new folder, `parent/name-1` or the next number that is free. Of several processes that
  /// do so at once, each gets its own.
  ///
  /// @throws FoveaException when no folder can be made there
  static RunFolder make(Path parent, String name) {
    try {
      Files.createDirectories(parent);
      for (int n = 1; ; n++) {
        var folder = parent.resolve(name + "-" + n);
        if (made(folder)) {
          return new RunFolder(folder, true);
        }
      }
    } catch (IOException e) {
      throw unwritable(parent, e);
    }
  }

  private static boolean made(Path folder) throws IOException {
    try {
      Files.createDirectory(folder);
      return true;
    } catch (FileAlreadyExistsException e) {
      return false;
    }
  }

  /// Takes a folder, which is made if need be.
  ///
  /// @throws FoveaException when it cannot be made or written to, or another process works in it
  static RunFolder at(Path folder) {
    try {
      boolean missing = !Files.exists(folder);
      Files.createDirectories(folder);
      return new RunFolder(folder, missing);
    } catch (IOException e) {
      throw unwritable(folder, e);
    }
  }

  /// Whether nothing lies in a folder, or there is none.
  static boolean isFree(Path folder) {
    if (!Files.isDirectory(folder)) {
      return !Files.exists(folder);
    }
    try (var files = Files.list(folder)) {
      return files.allMatch(file -> file.endsWith(LOCK));
    } catch (IOException e) {
      throw unwritable(folder, e);
    }
  }

  Path path() {
    return path;
  }

  private static @Nullable FileChannel lock(Path folder) {
    FileChannel channel;
    try {
      channel =
          FileChannel.open(
              folder.resolve(LOCK), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    } catch (IOException e) {
      throw unwritable(folder, e);
    }
    FileLock got;
    try {
      got = channel.tryLock();
    } catch (OverlappingFileLockException e) {
      got = null;
    } catch (IOException e) {
      return channel; // A file system that knows no locks: then nobody is kept out.
    }
    if (got == null) {
      close(channel);
      throw new FoveaException(folder + " is in use: another process trains there");
    }
    return channel;
  }

  private static void close(FileChannel channel) {
    try {
      channel.close();
    } catch (IOException e) {
      // Nothing was written through it.
    }
  }

  private static FoveaException unwritable(Path folder, IOException e) {
    return new FoveaException(
        "cannot write to the run folder %s: %s; choose another with --out"
            .formatted(folder, Failures.reason(e)),
        e);
  }

  /// Lets others use the folder; deletes it where it was made in vain.
  @Override
  public void close() {
    try {
      Files.deleteIfExists(path.resolve(LOCK));
      if (made && isFree(path)) {
        Files.deleteIfExists(path);
      }
    } catch (IOException | FoveaException e) {
      // Untidy, but the run is what matters.
    }
    if (lock != null) {
      close(lock);
    }
  }
}
