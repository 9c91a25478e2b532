package fovea.core.io;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import fovea.core.FoveaException;
import fovea.core.memory.Memory;
import fovea.core.memory.Scope;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// Damaged and hostile files, 100,000 of them: each gives tensors or one clear sentence, nothing
/// else, and takes no more native memory than its size warrants.
class SafetensorsFuzzTest {
  private static final int FILES = 100_000;

  private static final List<byte[]> ORIGINALS =
      List.of(
          Bytes.file("{}"),
          Bytes.file(
              "{\"w\":{\"dtype\":\"F32\",\"shape\":[2,3],\"data_offsets\":[0,24]}}", new byte[24]),
          Bytes.file(
              """
              {"__metadata__":{"format":"pt","größe":"\\u00e9 \\n"},\
              "a":{"dtype":"I64","shape":[2],"data_offsets":[0,16]},\
              "b":{"dtype":"F16","shape":[1,2,3],"data_offsets":[16,28]},\
              "c":{"dtype":"BOOL","shape":[],"data_offsets":[28,29]},\
              "d":{"dtype":"I8","shape":[7,0],"data_offsets":[29,29]},\
              "e":{"dtype":"U64","shape":[2],"data_offsets":[29,45]},\
              "f":{"dtype":"I8","shape":[5],"data_offsets":[45,50]}}   \
              """,
              new byte[50]),
          Bytes.file(many(), new byte[160]));

  private static final String[] PIECES = {
    "{",
    "}",
    "[",
    "]",
    "\"",
    ",",
    ":",
    "null",
    "true",
    "-1",
    "0",
    "1",
    "1e5",
    "0.5",
    "2147483648",
    "9223372036854775807",
    "99999999999999999999",
    "[[[[",
    "{\"a\":{",
    "\"__metadata__\":",
    "\"a\":",
    "\"dtype\":",
    "\"shape\":",
    "\"data_offsets\":",
    "F64",
    "F8_E4M3",
    "BF16",
    "BOOL",
    "U8",
    "\\ud800",
    "\\",
    "\u0000",
    "\u00ff",
    " ",
    "//",
    "NaN",
    "4294967296,4294967296"
  };

  private static String many() {
    var header = new StringBuilder("{");
    for (int i = 0; i < 20; i++) {
      header.append(
          "\"layer%d.weight\":{\"dtype\":\"BF16\",\"shape\":[4,1],\"data_offsets\":[%d,%d]},"
              .formatted(i, 8 * i, 8 * i + 8));
    }
    header.setCharAt(header.length() - 1, '}');
    return header.toString();
  }

  @Test
  @Timeout(value = 60, unit = TimeUnit.SECONDS)
  void tensorsOrOneClearSentence() {
    for (var original : ORIGINALS) {
      try (var _ = Scope.open("original")) {
        Bytes.read(original);
      }
    }
    int read = 0;
    for (int seed = 0; seed < FILES; seed++) {
      var file = mutated(new Random(seed));
      long before = Memory.liveBytes();
      try (var _ = Scope.open("fuzz")) {
        try {
          var contents = Bytes.read(file);
          contents.tensors().values().forEach(t -> t.array().segment());
          assertTrue(Memory.liveBytes() - before <= 4L * file.length, "memory, seed " + seed);
          read++;
        } catch (FoveaException e) {
          var message = e.getMessage();
          assertTrue(message.startsWith(Bytes.NAME), message);
          assertTrue(message.length() < 700, message);
          assertFalse(message.chars().anyMatch(Character::isISOControl), message);
          assertTrue(Memory.liveBytes() <= before, "a failed read keeps memory, seed " + seed);
        }
      } catch (Throwable t) {
        fail("seed " + seed + ": " + new String(file, ISO_8859_1), t);
      }
      assertTrue(Memory.liveBytes() <= before, "memory stays behind, seed " + seed);
    }
    // Both ends must have been reached for the above to mean anything.
    assertTrue(read > FILES / 100 && read < FILES / 2, read + " were read");
  }

  @Test
  void theSameSeedGivesTheSameFile() {
    assertEquals(
        Arrays.hashCode(mutated(new Random(42))), Arrays.hashCode(mutated(new Random(42))));
  }

  private static byte[] mutated(Random random) {
    var file = ORIGINALS.get(random.nextInt(ORIGINALS.size())).clone();
    for (int n = 1 + random.nextInt(3); n > 0; n--) {
      file =
          switch (random.nextInt(7)) {
            case 0 -> flipped(file, random);
            case 1 -> Arrays.copyOf(file, random.nextInt(file.length + 1));
            case 2 -> replaced(file, random.nextInt(file.length + 1), 0, noise(random));
            case 3 ->
                replaced(file, random.nextInt(file.length + 1), random.nextInt(8), new byte[0]);
            case 4 -> spliced(file, random);
            default -> edited(file, random);
          };
    }
    return file;
  }

  private static byte[] flipped(byte[] file, Random random) {
    for (int n = 1 + random.nextInt(4); n > 0 && file.length > 0; n--) {
      // Half of the flips hit the length and the start of the header.
      int at = random.nextInt(random.nextBoolean() ? file.length : Math.min(file.length, 24));
      file[at] ^= (byte) (1 << random.nextInt(8));
    }
    return file;
  }

  private static byte[] noise(Random random) {
    var bytes = new byte[random.nextInt(16)];
    random.nextBytes(bytes);
    return bytes;
  }

  /// The beginning of one file and the end of another.
  private static byte[] spliced(byte[] file, Random random) {
    var other = ORIGINALS.get(random.nextInt(ORIGINALS.size()));
    int from = random.nextInt(other.length + 1);
    int at = random.nextInt(file.length + 1);
    return replaced(file, at, file.length - at, Arrays.copyOfRange(other, from, other.length));
  }

  /// Another word, or another number in place of one, somewhere in the header, whose length is put
  /// right: what reaches the checks behind the parser.
  private static byte[] edited(byte[] file, Random random) {
    if (file.length < 8) {
      return file;
    }
    long length = ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN).getLong();
    if (length < 0 || length > file.length - 8) {
      return file;
    }
    int at = 8 + random.nextInt((int) length + 1);
    int removed = random.nextInt(4);
    var inserted = PIECES[random.nextInt(PIECES.length)].getBytes(ISO_8859_1);
    if (random.nextInt(3) > 0) {
      while (at < 8 + length && !Character.isDigit(file[at])) {
        at++;
      }
      removed = 0;
      while (at + removed < 8 + length && Character.isDigit(file[at + removed])) {
        removed++;
      }
      inserted = Integer.toString(random.nextInt(40)).getBytes(ISO_8859_1);
    }
    removed = (int) Math.min(removed, 8 + length - at);
    var result = replaced(file, at, removed, inserted);
    ByteBuffer.wrap(result)
        .order(ByteOrder.LITTLE_ENDIAN)
        .putLong(length - removed + inserted.length);
    return result;
  }

  private static byte[] replaced(byte[] file, int at, int removed, byte[] inserted) {
    int end = Math.min(file.length, at + removed);
    var result = new byte[file.length - (end - at) + inserted.length];
    System.arraycopy(file, 0, result, 0, at);
    System.arraycopy(inserted, 0, result, at, inserted.length);
    System.arraycopy(file, end, result, at + inserted.length, file.length - end);
    return result;
  }
}
