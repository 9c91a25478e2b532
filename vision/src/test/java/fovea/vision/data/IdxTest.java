package fovea.vision.data;

import static fovea.vision.data.Samples.fails;
import static fovea.vision.data.Samples.gzip;
import static fovea.vision.data.Samples.idx;
import static fovea.vision.data.Samples.random;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import fovea.core.FoveaException;
import fovea.core.array.Rng;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

class IdxTest {

  @TempDir Path dir;

  private static Idx read(byte[] file) throws IOException {
    return Idx.read(new ByteArrayInputStream(file), file.length, "x.idx");
  }

  @Test
  void everyTypePlainAndPacked() throws IOException {
    for (var type : Idx.Type.values()) {
      int code =
          switch (type) {
            case U8 -> 0x08;
            case I8 -> 0x09;
            case I16 -> 0x0B;
            case I32 -> 0x0C;
            case F32 -> 0x0D;
            case F64 -> 0x0E;
          };
      var elements = random(2 * 3 * 5 * type.bytes(), 1);
      var file = idx(code, new int[] {2, 3, 5}, elements);
      for (var bytes : List.of(file, gzip(file))) {
        var path = Files.write(dir.resolve("x"), bytes);
        var idx = Idx.read(path);
        assertEquals(type, idx.type());
        assertEquals(List.of(2, 3, 5), idx.dims());
        assertArrayEquals(elements, idx.bytes());
      }
    }
  }

  @Test
  void largerThanTheFirstBuffer() throws IOException {
    var elements = random(3_000_001, 2);
    var file = idx(8, new int[] {3_000_001}, elements);
    assertArrayEquals(elements, read(file).bytes());
    assertArrayEquals(elements, read(gzip(file)).bytes());
  }

  @Test
  void truncationSaysHowFarItCame() throws IOException {
    var file = idx(8, new int[] {1000, 28, 28}, random(784_000, 3));
    fails(
        () -> read(Arrays.copyOf(file, 5000)),
        "x.idx is cut short",
        "1000×28×28",
        "a file of 5000 bytes");
    var packed = gzip(file);
    fails(
        () -> read(Arrays.copyOf(packed, packed.length / 2)),
        "x.idx is cut short: ",
        " of 784016 bytes came out of it; fetch it again");
    fails(
        () -> read(Arrays.copyOf(packed, packed.length - 4)),
        "x.idx is cut short: 784016 of 784016 bytes");
    fails(() -> read(Arrays.copyOf(packed, 100)), "x.idx is cut short", "a file of 100 bytes");
    fails(() -> read(Arrays.copyOf(packed, 5)), "x.idx is cut short", "header of gzip");
    fails(() -> read(new byte[0]), "x.idx is cut short: 0 of at least 4 bytes");
  }

  @Test
  void damagedGzip() throws IOException {
    var packed = gzip(idx(8, new int[] {10_000}, random(10_000, 4)));
    var flipped = packed.clone();
    flipped[flipped.length - 6] ^= 1; // in the checksum
    fails(() -> read(flipped), "x.idx is damaged: after 10008 of 10008 bytes");
    var header = packed.clone();
    header[2] = 7;
    fails(() -> read(header), "x.idx is damaged");
  }

  @Test
  @Timeout(5)
  void impossibleSizesAllocateNothing() throws IOException {
    var huge = idx(8, new int[] {Integer.MAX_VALUE, 28, 28}, new byte[100]);
    fails(() -> read(huge), "2147483647×28×28 elements, more than a file of 116 bytes can hold");
    fails(() -> read(gzip(huge)), "2147483647×28×28 elements, more than a file of");
    var overflow = idx(14, new int[] {1 << 30, 1 << 30, 1 << 30, 1 << 30, 1 << 30}, new byte[8]);
    fails(() -> read(overflow), "can hold");
    fails(
        () -> Idx.read(new ByteArrayInputStream(huge), 1L << 45, "x.idx"),
        "more than the 2 GiB that can be read");
    fails(() -> read(idx(8, new int[] {5, -1}, new byte[5])), "axis 2 of 2 has length 4294967295");
    fails(() -> read(idx(8, new int[] {0, 28, 28}, new byte[0])), "axis 1 of 3 has length 0");
  }

  @Test
  void otherFiles() throws IOException {
    fails(() -> read("hello world".getBytes(UTF_8)), "x.idx is not an IDX file", "68 65 6c 6c");
    fails(() -> read(idx(10, new int[] {1}, new byte[1])), "not an IDX file");
    fails(() -> read(idx(8, new int[0], new byte[1])), "not an IDX file");
    fails(() -> read(idx(8, new int[] {2}, new byte[3])), "more bytes than the 2 elements");
    fails(() -> read(gzip(idx(8, new int[] {2}, new byte[3]))), "more bytes than the 2 elements");
    fails(() -> Idx.read(dir.resolve("none")), "cannot read " + dir.resolve("none"));
  }

  @Test
  @Timeout(60)
  void damagedFilesNeverSurprise() throws IOException {
    long seed = 21;
    var rng = Rng.of(seed);
    var plain = idx(8, new int[] {7, 4, 5}, random(140, 5));
    var originals = List.of(plain, gzip(plain), idx(13, new int[] {3}, random(12, 6)));
    int read = 0;
    for (int round = 0; round < 20_000; round++) {
      var bytes = originals.get(round % originals.size()).clone();
      for (int n = rng.nextInt(4); n > 0; n--) {
        bytes[rng.nextInt(rng.nextInt(2) == 0 ? bytes.length : 16)] = (byte) rng.nextInt(256);
      }
      if (rng.nextInt(3) == 0) {
        bytes = Arrays.copyOf(bytes, rng.nextInt(bytes.length + 3));
      }
      try {
        read(bytes);
        read++;
      } catch (FoveaException e) {
        assertTrue(e.getMessage().startsWith("x.idx "), e.getMessage());
      } catch (Throwable e) {
        throw new AssertionError("seed " + seed + ", round " + round, e);
      }
    }
    assertTrue(read > 1000, "many mutations change only elements");
  }
}
