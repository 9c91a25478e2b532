package fovea.vision.data;

import static fovea.vision.data.Samples.fails;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import fovea.core.UnknownNameException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DownloadsTest {
  private static final byte[] BYTES = Samples.random(300_000, 1);

  @TempDir Path dir;
  private SmallServer server;

  @BeforeEach
  void start() throws IOException {
    server = new SmallServer();
    server.files.put("/good", BYTES);
  }

  @AfterEach
  void stop() throws IOException {
    server.close();
  }

  private static String md5(byte[] bytes) {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance("MD5").digest(bytes));
    } catch (GeneralSecurityException e) {
      throw new AssertionError(e);
    }
  }

  private Path get(String... paths) {
    var mirrors = Arrays.stream(paths).map(server::url).toList();
    var item = new Downloads.Item("file", md5(BYTES), BYTES.length, mirrors);
    return Downloads.get(
        new Downloads.Known("set", "a set", List.of(item), false), dir, (_, _, _) -> {});
  }

  private void assertFetched(Path folder) throws IOException {
    assertEquals(dir.resolve("set"), folder);
    assertArrayEquals(BYTES, Files.readAllBytes(folder.resolve("file")));
    try (var files = Files.list(folder)) {
      assertEquals(1, files.count());
    }
    assertFalse(Files.exists(dir.resolve("set.part")));
  }

  @Test
  void fetches() throws IOException {
    assertFetched(get("/good"));
    assertEquals(List.of("/good"), server.requests);
  }

  @Test
  void goesToTheNextMirror() throws IOException {
    assertFetched(get("/missing", "/good"));
    assertEquals("/good", server.requests.getLast());
  }

  @Test
  void continuesAfterACut() throws IOException {
    server.cuts.put("/good", 100_000);
    assertFetched(get("/good"));
    assertEquals(List.of("/good", "/good from 100000"), server.requests);
  }

  @Test
  void continuesTheNextTime() throws IOException {
    var part = dir.resolve("set.part/file.part");
    Files.createDirectories(part.getParent());
    Files.write(part, Arrays.copyOf(BYTES, 200_000));
    assertFetched(get("/good"));
    assertEquals(List.of("/good from 200000"), server.requests);
  }

  @Test
  void beginsAnewWhereRangesAreUnknown() throws IOException {
    server.ranges = false;
    server.cuts.put("/good", 100_000);
    assertFetched(get("/good"));
    assertEquals(List.of("/good", "/good"), server.requests);
  }

  @Test
  void aBadChecksumIsNeverKept() throws IOException {
    var bad = BYTES.clone();
    bad[7]++;
    server.files.put("/bad", bad);
    assertFetched(get("/bad", "/good"));
    Files.delete(dir.resolve("set/file"));
    Files.delete(dir.resolve("set"));
    fails(() -> get("/bad"), "file could not be fetched", "/bad: the checksum is wrong");
    assertFalse(Files.exists(dir.resolve("set")));
    assertFalse(Files.exists(dir.resolve("set.part/file.part")));
    // What arrived before was of another file.
    Files.write(dir.resolve("set.part/file.part"), Arrays.copyOf(bad, 1000));
    assertFetched(get("/good"));
  }

  @Test
  void longerAndShorterFiles() {
    server.files.put("/long", Arrays.copyOf(BYTES, BYTES.length + 100_000));
    server.files.put("/short", Arrays.copyOf(BYTES, 1000));
    fails(() -> get("/long"), "/long: the checksum is wrong");
    fails(() -> get("/short"), "/short: the connection broke after 1000 bytes");
    assertFalse(Files.exists(dir.resolve("set")));
  }

  @Test
  void nobodyThere() throws IOException {
    server.close();
    fails(() -> get("/good"), "file could not be fetched", "/good", "try again later");
  }

  @Test
  void aFullDisk() throws IOException {
    var full = Path.of("/dev/full");
    if (!Files.exists(full)) {
      IO.println("DownloadsTest: this system has no /dev/full; a full disk was not tested");
      return;
    }
    Files.createDirectories(dir.resolve("set.part"));
    Files.createSymbolicLink(dir.resolve("set.part/file.part"), full);
    fails(() -> get("/good"), "cannot write", "the disk is full");
    assertFalse(Files.exists(dir.resolve("set")));
  }

  private static byte[] tar(String... names) {
    var out = new ByteArrayOutputStream();
    for (var name : names) {
      var header = new byte[512];
      var bytes = name.getBytes(StandardCharsets.UTF_8);
      System.arraycopy(bytes, 0, header, 0, bytes.length);
      var size = "%011o".formatted(600).getBytes(StandardCharsets.US_ASCII);
      System.arraycopy(size, 0, header, 124, size.length);
      header[156] = '0';
      out.writeBytes(header);
      out.writeBytes(Arrays.copyOf(Samples.random(600, 2), 1024));
    }
    out.writeBytes(new byte[1024]);
    return out.toByteArray();
  }

  @Test
  void archivesAreUnpackedIntoTheFolderAlone() throws IOException {
    var archive = dir.resolve("a.tar.gz");
    Files.write(
        archive, Samples.gzip(tar("cifar/train.bin", "../../evil.bin", "..", "/abs/x.txt")));
    var folder = Files.createDirectories(dir.resolve("in/out"));
    Tar.unpack(archive, folder);
    try (var files = Files.list(folder)) {
      assertEquals(
          List.of("evil.bin", "train.bin", "x.txt"),
          files.map(f -> f.getFileName().toString()).sorted().toList());
    }
    assertArrayEquals(Samples.random(600, 2), Files.readAllBytes(folder.resolve("train.bin")));
    try (var files = Files.list(dir)) {
      assertEquals(2, files.count());
    }
    var cut = Arrays.copyOf(tar("train.bin"), 700);
    Files.write(archive, Samples.gzip(cut));
    assertThrows(IOException.class, () -> Tar.unpack(archive, folder));
  }

  @Test
  void namesAreKnown() throws IOException {
    assertTrue(
        Downloads.names().containsAll(List.of("mnist", "fashion-mnist", "cifar10", "cifar100")));
    assertTrue(Downloads.describe("mnist").contains("60000"));
    assertThrows(UnknownNameException.class, () -> Downloads.describe("mnizt"));
    var before = System.getProperty("fovea.data");
    System.setProperty("fovea.data", dir.toString());
    try {
      fails(() -> Datasets.open("mnist"), "fovea datasets get mnist fetches it");
      var folder = Files.createDirectories(dir.resolve("mnist"));
      Files.write(folder.resolve("train-images-idx3-ubyte"), Samples.idxImages(2));
      Files.write(folder.resolve("train-labels-idx1-ubyte"), Samples.idxLabels(0, 1));
      Files.write(folder.resolve("t10k-images-idx3-ubyte"), Samples.idxImages(1));
      Files.write(folder.resolve("t10k-labels-idx1-ubyte"), Samples.idxLabels(1));
      assertEquals(2, Datasets.open("mnist").train().size());
      assertEquals(folder, Downloads.get("mnist", (_, _, _) -> {}));
    } finally {
      if (before == null) {
        System.clearProperty("fovea.data");
      } else {
        System.setProperty("fovea.data", before);
      }
    }
  }
}
