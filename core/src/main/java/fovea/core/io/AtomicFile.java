package fovea.core.io;

import fovea.core.FoveaException;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.FileChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.HexFormat;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;

/// Writes a file whole or not at all: into a temporary file beside it, forced to disk, then moved
/// over it in one step. Whatever goes wrong, and whenever, the old file stands as it was and the
/// temporary one is deleted. A program that is told to end finishes the files it is writing. Where
/// a temporary file could not be deleted (power failed, the process was killed), the next write
/// into the same folder an hour later or more does it.
public final class AtomicFile {
  private static final String PREFIX = ".fovea-";
  private static final String SUFFIX = ".tmp";
  private static final Duration SURELY_DEAD = Duration.ofHours(1);
  private static final SecureRandom RANDOM = new SecureRandom();

  /// Held for reading by who writes a file, and for writing by who waits for all of them.
  private static final ReadWriteLock WRITING = new ReentrantReadWriteLock();

  static {
    try {
      Runtime.getRuntime()
          .addShutdownHook(new Thread(AtomicFile::finish, "fovea-finishes-its-files"));
    } catch (IllegalStateException e) {
      // The program ends already, and its last act is to write a file: whoever does so waits for
      // it.
    }
  }

  private AtomicFile() {}

  /// What writes the bytes of a file.
  @FunctionalInterface
  public interface Content {
    void writeTo(OutputStream out) throws IOException;
  }

  /// Replaces or makes `file`, which is of the default file system; a link is followed. An
  /// interrupt of this thread does not disturb the writing.
  ///
  /// @throws FoveaException naming the file and the reason, when it cannot be written
  public static void write(Path file, Content content) {
    try {
      var target = Files.isSymbolicLink(file) ? file.toRealPath() : file.toAbsolutePath();
      var folder = check(file, target);
      deleteLeftovers(folder);
      var name = new byte[8];
      RANDOM.nextBytes(name);
      var temporary = folder.resolve(PREFIX + HexFormat.of().formatHex(name) + SUFFIX);
      WRITING.readLock().lock();
      try {
        Files.createFile(temporary);
        // Not a channel: an interrupt would close that.
        try (var out = new FileOutputStream(temporary.toFile())) {
          content.writeTo(out);
          out.getFD().sync();
        }
        Files.move(temporary, target, StandardCopyOption.ATOMIC_MOVE);
      } finally {
        delete(temporary);
        WRITING.readLock().unlock();
      }
      force(folder);
    } catch (IOException e) {
      throw new FoveaException("cannot write " + file + ": " + reason(e), e);
    }
  }

  /// The folder of `target`, in which a file is about to be written.
  private static Path check(Path file, Path target) {
    var folder = target.getParent();
    String problem = null;
    if (folder == null || Files.isDirectory(target)) {
      problem = "it is a folder";
    } else if (!Files.exists(folder)) {
      problem = "the folder " + folder + " does not exist";
    } else if (!Files.isDirectory(folder)) {
      problem = folder + " is not a folder";
    } else if (!Files.isWritable(folder)) {
      problem = "the folder " + folder + " is write-protected";
    } else if (Files.exists(target) && !Files.isRegularFile(target)) {
      problem = "it is not a regular file";
    } else if (Files.exists(target) && !Files.isWritable(target)) {
      problem = "it is write-protected";
    }
    if (folder == null || problem != null) {
      throw new FoveaException("cannot write " + file + ": " + problem);
    }
    return folder;
  }

  /// Waits for writes in progress, but not for ever: a disk may hang.
  private static void finish() {
    try {
      if (WRITING.writeLock().tryLock(5, TimeUnit.SECONDS)) {
        WRITING.writeLock().unlock();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static void deleteLeftovers(Path folder) {
    var now = Instant.now();
    try (var leftovers = Files.newDirectoryStream(folder, PREFIX + "*" + SUFFIX)) {
      for (var file : leftovers) {
        // What another process is writing just now is younger, or grows younger.
        if (Files.getLastModifiedTime(file).toInstant().plus(SURELY_DEAD).isBefore(now)) {
          delete(file);
        }
      }
    } catch (IOException | DirectoryIteratorException e) {
      // Cleaning up is not what was asked for; the writing may well succeed.
    }
  }

  private static void delete(Path file) {
    try {
      Files.deleteIfExists(file);
    } catch (IOException e) {
      // Then it stays; the error that brought us here matters more.
    }
  }

  /// Makes the move itself last through a loss of power, where the system knows how.
  private static void force(Path folder) {
    boolean interrupted = Thread.interrupted();
    try (var channel = FileChannel.open(folder, StandardOpenOption.READ)) {
      channel.force(true);
    } catch (IOException e) {
      // Windows opens no folders, and needs none of this.
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  /// Why reading or writing failed, for people.
  static String reason(IOException e) {
    return switch (e) {
      case NoSuchFileException _ -> "it does not exist";
      case AccessDeniedException _ -> "permission denied";
      case FileSystemException f when f.getReason() != null -> f.getReason();
      default -> {
        var message = e.getMessage();
        yield message == null || message.isBlank()
            ? e.getClass().getSimpleName()
            : message.equals("No space left on device") ? "the disk is full" : message;
      }
    };
  }
}
