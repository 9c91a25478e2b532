package fovea.core.io;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import fovea.core.FoveaException;
import java.io.IOException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AtomicFileTest {
  @TempDir Path folder;

  private static void write(Path file, String text) {
    AtomicFile.write(file, out -> out.write(text.getBytes(UTF_8)));
  }

  private static String error(Path file) {
    return assertThrows(FoveaException.class, () -> write(file, "new")).getMessage();
  }

  private Set<String> names() throws IOException {
    try (var files = Files.list(folder)) {
      var names = new TreeSet<String>();
      files.forEach(f -> names.add(f.getFileName().toString()));
      return names;
    }
  }

  @Test
  void makesAndReplaces() throws IOException {
    var file = folder.resolve("a.txt");
    write(file, "first");
    write(file, "second");
    assertEquals("second", Files.readString(file));
    assertEquals(Set.of("a.txt"), names());
  }

  @Test
  void aFailureLeavesTheOldFileAndNoLitter() throws IOException {
    var file = folder.resolve("a.txt");
    write(file, "old");
    var e =
        assertThrows(
            FoveaException.class,
            () ->
                AtomicFile.write(
                    file,
                    out -> {
                      out.write(new byte[100_000]);
                      throw new IOException("No space left on device");
                    }));
    assertEquals("cannot write " + file + ": the disk is full", e.getMessage());
    assertThrows(
        IllegalStateException.class,
        () ->
            AtomicFile.write(
                file,
                out -> {
                  throw new IllegalStateException();
                }));
    assertEquals("old", Files.readString(file));
    assertEquals(Set.of("a.txt"), names());
  }

  @Test
  void saysWhatIsInTheWay() throws IOException {
    var missing = folder.resolve("run").resolve("a.txt");
    assertEquals(
        "cannot write " + missing + ": the folder " + missing.getParent() + " does not exist",
        error(missing));
    assertEquals("cannot write " + folder + ": it is a folder", error(folder));
    var file = Files.writeString(folder.resolve("a.txt"), "old");
    var below = file.resolve("b.txt");
    assertEquals("cannot write " + below + ": " + file + " is not a folder", error(below));
    assertEquals(Set.of("a.txt"), names());
  }

  /// Where permissions bind nobody (root, some file systems), the writing succeeds instead.
  @Test
  void writeProtection() throws IOException {
    var locked = Files.createDirectory(folder.resolve("locked"));
    var file = Files.writeString(locked.resolve("a.txt"), "old");
    assertTrue(file.toFile().setWritable(false));
    if (Files.isWritable(file)) {
      write(file, "new");
      assertEquals("new", Files.readString(file));
    } else {
      assertEquals("cannot write " + file + ": it is write-protected", error(file));
    }
    locked.toFile().setWritable(false);
    var other = locked.resolve("b.txt");
    if (Files.isWritable(locked)) {
      write(other, "new");
      assertEquals("new", Files.readString(other));
    } else {
      assertEquals(
          "cannot write " + other + ": the folder " + locked + " is write-protected", error(other));
    }
    assertTrue(locked.toFile().setWritable(true));
  }

  @Test
  void followsLinks() throws IOException {
    var file = Files.writeString(folder.resolve("a.txt"), "old");
    Path link;
    try {
      link = Files.createSymbolicLink(folder.resolve("link"), Path.of("a.txt"));
    } catch (IOException | UnsupportedOperationException e) {
      link = file; // Windows lets only some users make links.
    }
    write(link, "new");
    assertEquals("new", Files.readString(file));
    assertEquals(!link.equals(file), Files.isSymbolicLink(link));
  }

  @Test
  void anInterruptDisturbsNothing() throws IOException {
    var file = folder.resolve("a.txt");
    Thread.currentThread().interrupt();
    write(file, "new");
    assertTrue(Thread.interrupted());
    assertEquals("new", Files.readString(file));
  }

  @Test
  void deletesWhatACrashLeft() throws IOException {
    var old = Files.createFile(folder.resolve(".fovea-0123456789abcdef.tmp"));
    Files.setLastModifiedTime(old, FileTime.from(Instant.now().minus(Duration.ofHours(2))));
    Files.createFile(folder.resolve(".fovea-fedcba9876543210.tmp")); // perhaps still growing
    write(folder.resolve("a.txt"), "new");
    assertEquals(Set.of(".fovea-fedcba9876543210.tmp", "a.txt"), names());
  }

  @Test
  void ownersAndGroupsMayReadAsUsual() throws IOException {
    var file = folder.resolve("a.txt");
    var plain = Files.createFile(folder.resolve("plain.txt"));
    write(file, "new");
    if (FileSystems.getDefault().supportedFileAttributeViews().contains("posix")) {
      assertEquals(Files.getPosixFilePermissions(plain), Files.getPosixFilePermissions(file));
    }
  }
}
