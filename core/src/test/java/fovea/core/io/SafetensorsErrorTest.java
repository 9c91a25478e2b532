package fovea.core.io;

import static fovea.core.io.Bytes.file;
import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_16LE;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import fovea.core.FoveaException;
import fovea.core.array.DType;
import fovea.core.array.NdArray;
import fovea.core.array.Shape;
import fovea.core.memory.Memory;
import fovea.core.memory.Scope;
import fovea.core.tensor.Tensor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SequencedMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

class SafetensorsErrorTest extends ScopedTest {
  @TempDir Path folder;

  private static String error(byte[] file) {
    long before = Memory.liveBytes();
    var e = assertThrows(FoveaException.class, () -> Bytes.read(file));
    assertTrue(Memory.liveBytes() <= before, "a failed read keeps memory");
    return e.getMessage();
  }

  /// A header that describes one tensor in these words, before four bytes.
  private static byte[] one(String description) {
    return one(description, new byte[4]);
  }

  private static byte[] one(String description, byte[] data) {
    return file("{\"w\":" + description + "}", data);
  }

  private static byte[] two(String a, String b) {
    return file(
        "{\"a\":{\"dtype\":\"U8\",\"shape\":%s},\"b\":{\"dtype\":\"U8\",\"shape\":%s}}"
            .formatted(a, b),
        new byte[4]);
  }

  private static Map.Entry<byte[], String> gives(byte[] file, String message) {
    return Map.entry(file, message);
  }

  @TestFactory
  Stream<DynamicTest> eachWithItsSentence() {
    byte[] good = one("{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}");
    return Stream.of(
            gives(
                new byte[0], "dir/test.safetensors has 0 bytes; a safetensors file has at least 8"),
            gives(new byte[7], "has 7 bytes; a safetensors file has at least 8"),
            gives(
                "version https://example.org/large-files".getBytes(UTF_8),
                "announces a header of 2336927755350992246 bytes, more than the format allows; "
                    + "it is damaged or no safetensors file"),
            gives(
                new byte[] {-1, -1, -1, -1, -1, -1, -1, -1, 0},
                "announces a header of 18446744073709551615 bytes, more than the format allows"),
            gives(
                new byte[] {1, (byte) 0xE1, (byte) 0xF5, 5, 0, 0, 0, 0, 0},
                "announces a header of 100000001 bytes, more than the format allows"),
            gives(
                Arrays.copyOf(good, 20),
                "announces a header of 54 bytes, but only 12 follow; it is cut short"),
            gives(file(""), ": the header does not begin with \"{\""),
            gives(file("[]"), ": the header does not begin with \"{\""),
            gives(file(" {}"), ": the header does not begin with \"{\""),
            gives(file("{}".getBytes(UTF_16LE)), ": the header is not valid JSON at character 1"),
            gives(file("{\"ä\":1}".getBytes(ISO_8859_1)), ": the header is not valid UTF-8"),
            gives(
                file("{"),
                ": the header is not valid JSON at character 1: Unexpected end-of-input"),
            gives(file("{\"a\""), ": the header is not valid JSON at character 4: Unexpected end"),
            gives(file("{a:1}"), ": the header is not valid JSON at character 1: Unexpected char"),
            gives(file("{}x"), ": the header is not valid JSON at character 2: Unrecognized token"),
            gives(file("{}{}"), ": the header goes on after its closing \"}\""),
            gives(
                file("{\"\\ud800\":1}"),
                ": the header is not valid JSON at character 8: Broken surrogate pair"),
            gives(
                file("{\"__metadata__\":{\"a\":\"\\ud800b\"}}"),
                ": the header has half a surrogate pair in \"\\ud800b\""),
            gives(one("1"), ": tensor \"w\" is described by the number 1, not an object"),
            gives(one("null"), ": tensor \"w\" is described by null, not an object"),
            gives(one("[[[[[[[[]]]]]]]]"), ": tensor \"w\" is described by a list, not an object"),
            gives(one("{}"), ": tensor \"w\" has no \"dtype\""),
            gives(one("{\"dtype\":\"F32\"}"), ": tensor \"w\" has no \"shape\""),
            gives(
                one("{\"dtype\":\"F32\",\"shape\":[1]}"), ": tensor \"w\" has no \"data_offsets\""),
            gives(one("{\"dtype\":32}"), ": tensor \"w\" has the number 32 as dtype, not a string"),
            gives(one("{\"stride\":1}"), ": tensor \"w\" has an unknown key, \"stride\""),
            gives(
                one("{\"dtype\":\"F32\",\"dtype\":\"F32\"}"), ": tensor \"w\" has \"dtype\" twice"),
            gives(one("{\"shape\":3}"), ": tensor \"w\" has the number 3 as shape, not a list"),
            gives(
                one("{\"shape\":[1.5]}"),
                ": tensor \"w\" has the number 1.5 in its shape, not a whole number"),
            gives(
                one("{\"shape\":[[]]}"),
                ": tensor \"w\" has a list in its shape, not a whole number"),
            gives(
                one("{\"shape\":[99999999999999999999]}"),
                ": tensor \"w\" has 99999999999999999999 in its shape, which is too large"),
            gives(
                one("{\"shape\":[" + "1,".repeat(64) + "1]}"),
                ": tensor \"w\" has more than 64 numbers as shape"),
            gives(
                one("{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[4]}"),
                ": tensor \"w\" has 1 data_offsets, not 2"),
            gives(
                one("{\"data_offsets\":[0,4,8]}"),
                ": tensor \"w\" has more than 2 numbers as data_offsets"),
            gives(
                one("{\"dtype\":\"F32\",\"shape\":[-1],\"data_offsets\":[0,4]}"),
                ": tensor \"w\" has shape [-1], with a negative size"),
            gives(
                one("{\"dtype\":\"F32\",\"shape\":[2147483648],\"data_offsets\":[0,4]}"),
                ": tensor \"w\" has shape [2147483648], which is too large"),
            gives(
                one(
                    "{\"dtype\":\"F32\",\"shape\":[0,2147483647,2147483647,4],\"data_offsets\":[0,0]}"),
                ": tensor \"w\" has shape [0, 2147483647, 2147483647, 4], which is too large"),
            gives(
                one("{\"dtype\":\"F64\",\"shape\":[2147483647,2147483647],\"data_offsets\":[0,4]}"),
                ": tensor \"w\" has 4 bytes, [0, 4], but [2147483647, 2147483647] of F64 takes more"),
            gives(
                one("{\"dtype\":\"F32\",\"shape\":[3],\"data_offsets\":[0,4]}"),
                ": tensor \"w\" has 4 bytes, [0, 4], but [3] of F32 takes 12"),
            gives(
                one("{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[4,0]}"),
                ": tensor \"w\" has offsets [4, 0], which are no range"),
            gives(
                one("{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[-4,0]}"),
                ": tensor \"w\" has offsets [-4, 0], which are no range"),
            gives(
                one("{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[1000,1004]}"),
                ": tensor \"w\" lies at [1000, 1004], outside the 4 bytes of tensor data"),
            gives(
                two("[2],\"data_offsets\":[0,2]", "[3],\"data_offsets\":[1,4]"),
                ": tensor \"a\" and tensor \"b\" overlap: [0, 2] and [1, 4]"),
            gives(
                two("[0],\"data_offsets\":[2,2]", "[4],\"data_offsets\":[0,4]"),
                ": tensor \"b\" and tensor \"a\" overlap: [0, 4] and [2, 2]"),
            gives(
                two("[1],\"data_offsets\":[0,1]", "[2],\"data_offsets\":[2,4]"),
                ": bytes 1 to 2 of the tensor data belong to no tensor"),
            gives(
                two("[1],\"data_offsets\":[0,1]", "[2],\"data_offsets\":[1,3]"),
                ": 1 bytes follow the last tensor and belong to none"),
            gives(
                file(
                    "{\"w\":{\"dtype\":\"F32\",\"shape\":[61706],\"data_offsets\":[0,246824]}}",
                    new byte[1200]),
                "dir/test.safetensors: the file ends after 1,200 of 246,824 bytes of tensor data"),
            gives(Arrays.copyOf(good, good.length - 1), ": the file ends after 3 of 4 bytes"),
            gives(
                file("{\"w\":{\"dtype\":\"U8\",\"shape\":[0],\"data_offsets\":[0,0]},\"w\":1}"),
                ": tensor \"w\" is named twice"),
            gives(
                one("{\"dtype\":\"F8_E4M3\",\"shape\":[4],\"data_offsets\":[0,4]}"),
                ": the element type of tensor \"w\" (\"F8_E4M3\") is not supported; supported are F64, F32,"),
            gives(
                one(
                    "{\"dtype\":\"BOOL\",\"shape\":[4],\"data_offsets\":[0,4]}",
                    new byte[] {0, 1, 2, 0}),
                ": tensor \"w\" has a value at element 2 that is neither 0 nor 1"),
            gives(
                one(
                    "{\"dtype\":\"U64\",\"shape\":[1],\"data_offsets\":[0,8]}",
                    new byte[] {0, 0, 0, 0, 0, 0, 0, -128}),
                ": tensor \"w\" has a value at element 0 that does not fit into int64"),
            gives(file("{\"__metadata__\":[]}"), ": __metadata__ is a list, not an object"),
            gives(
                file("{\"__metadata__\":{\"a\":{}}}"),
                ": __metadata__ has an object under \"a\", not a string"),
            gives(
                file("{\"__metadata__\":{\"a\":\"\",\"a\":\"\"}}"),
                ": __metadata__ has \"a\" twice"),
            gives(
                file("{\"__metadata__\":{},\"__metadata__\":{}}"), ": __metadata__ is named twice"),
            gives(
                file("{\"line\\nbreak\\u202e" + "x".repeat(200) + "\":1}"),
                ": tensor \"line\\u000abreak\\u202e" + "x".repeat(89) + "…\" is described by"))
        .map(
            c ->
                DynamicTest.dynamicTest(
                    c.getValue(),
                    () -> {
                      var message = error(c.getKey());
                      assertTrue(message.startsWith(Bytes.NAME), message);
                      assertTrue(message.contains(c.getValue()), message);
                      assertEquals(1, message.lines().count(), message);
                    }));
  }

  @Test
  void unsupportedTypesAreListed() {
    var header =
        new StringBuilder("{\"ok\":{\"dtype\":\"F32\",\"shape\":[0],\"data_offsets\":[0,0]}");
    for (int i = 0; i < 5; i++) {
      header.append(
          ",\"z%d\":{\"dtype\":\"C64\",\"shape\":[],\"data_offsets\":[0,8]}".formatted(i));
    }
    var message = error(file(header.append('}').toString(), new byte[8]));
    assertTrue(
        message.contains(
            "tensor \"z0\" (\"C64\"), tensor \"z1\" (\"C64\"), tensor \"z2\" (\"C64\") and 2 more is not supported"),
        message);
  }

  @Test
  void aFileThatShrinksWhileItIsRead() {
    var whole =
        file("{\"w\":{\"dtype\":\"F32\",\"shape\":[100],\"data_offsets\":[0,400]}}", new byte[400]);
    for (int left : new int[] {0, 7, 8, 30, whole.length - 400, whole.length - 1}) {
      long before = Memory.liveBytes();
      var e =
          assertThrows(
              FoveaException.class, () -> Bytes.read(Arrays.copyOf(whole, left), whole.length));
      assertEquals(Bytes.NAME + " became shorter while it was read", e.getMessage());
      assertTrue(Memory.liveBytes() <= before);
    }
  }

  /// Large headers, made to cost as much as possible; the first and the last as large as there can
  /// be.
  @Test
  void hugeHeadersEndSoon() {
    var header = new byte[Header.MAX_BYTES];
    fill(header, "{\"w\":", "[");
    assertTrue(error(file(header)).contains("is described by a list"));
    fill(header, "{", " ");
    assertTrue(error(file(header)).contains("not valid JSON"));
    header = new byte[12_000_000];
    fill(header, "{\"w\":{\"shape\":", "[");
    assertTrue(error(file(header)).contains("a list in its shape"));
    fill(header, "{\"w\":{\"shape\":[", "1,");
    assertTrue(error(file(header)).contains("more than 64 numbers"));
    fill(header, "{\"w\":{\"shape\":[", "1");
    assertTrue(error(file(header)).contains("not valid JSON"));
    fill(header, "{\"", "w");
    assertTrue(error(file(header)).contains("not valid JSON"));
    fill(header, "{\"__metadata__\":{\"a\":\"", "w");
    assertTrue(error(file(header)).contains("not valid JSON"));
  }

  private static void fill(byte[] header, String start, String rest) {
    var s = start.getBytes(UTF_8);
    var r = rest.getBytes(UTF_8);
    for (int i = 0; i < header.length; i++) {
      header[i] = i < s.length ? s[i] : r[(i - s.length) % r.length];
    }
  }

  @Test
  void tooManyTensors() {
    var header = new StringBuilder("{");
    for (int i = 0; i <= HeaderReader.MAX_ENTRIES; i++) {
      header.append("\"%d\":{\"dtype\":\"U8\",\"shape\":[0],\"data_offsets\":[0,0]},".formatted(i));
    }
    header.setCharAt(header.length() - 1, '}');
    assertTrue(error(file(header.toString())).contains("names more than 100,000 tensors"));
  }

  // ---- on disk

  private static String readError(Path file) {
    return assertThrows(FoveaException.class, () -> Safetensors.read(file)).getMessage();
  }

  @Test
  void whatIsNotThere() throws IOException {
    assertEquals(
        "no file " + folder.resolve("a.safetensors"), readError(folder.resolve("a.safetensors")));
    Files.write(folder.resolve("model.safetensors"), new byte[0]);
    assertEquals(
        "no file in "
            + folder
            + " is called \"modle.safetensors\"; did you mean model.safetensors?",
        readError(folder.resolve("modle.safetensors")));
    var missing = folder.resolve("run").resolve("a.safetensors");
    assertEquals(
        "no file " + missing + ": the folder " + missing.getParent() + " does not exist",
        readError(missing));
    assertEquals(folder + " is a folder, not a safetensors file", readError(folder));
    var below = folder.resolve("model.safetensors").resolve("x");
    assertTrue(readError(below).contains(below.toString()));
  }

  @Test
  void aDeviceIsNotRead() {
    var device = Path.of("/dev/zero");
    if (Files.exists(device)) {
      assertEquals("/dev/zero is not a regular file", readError(device));
    }
  }

  private static SequencedMap<String, Tensor> tensors(String name) {
    var tensors = new LinkedHashMap<String, Tensor>();
    tensors.put(name, Tensor.of(NdArray.of(new float[] {1, 2}, Shape.of(2))));
    return tensors;
  }

  private String writeError(SequencedMap<String, Tensor> tensors, Map<String, String> metadata)
      throws IOException {
    var file = folder.resolve("model.safetensors");
    Files.write(file, new byte[] {1, 2, 3});
    var e = assertThrows(FoveaException.class, () -> Safetensors.write(file, tensors, metadata));
    assertArrayEquals(new byte[] {1, 2, 3}, Files.readAllBytes(file), "the old file is whole");
    try (var files = Files.list(folder)) {
      assertEquals(1, files.count(), "no litter");
    }
    assertTrue(
        e.getMessage().contains("model.safetensors")
            || e.getMessage().contains("released")
            || e.getMessage().contains("given back"),
        e.getMessage());
    return e.getMessage();
  }

  @Test
  void whatCannotBeWritten() throws IOException {
    assertTrue(
        writeError(tensors("__metadata__"), Map.of())
            .endsWith(": no tensor can be called \"__metadata__\""));
    assertTrue(
        writeError(tensors("\ud83d"), Map.of()).endsWith(": no tensor can be called \"\\ud83d\""));
    assertTrue(
        writeError(tensors("a"), Map.of("k", "\ude00"))
            .endsWith(": the metadata has half a surrogate pair under \"k\""));
    assertTrue(writeError(tensors("x".repeat(20_000)), Map.of()).contains("not valid JSON"));
    var axes = new int[65];
    Arrays.fill(axes, 1);
    var deep = new LinkedHashMap<String, Tensor>();
    deep.put("deep", Tensor.of(NdArray.allocate(DType.F32, Shape.of(axes))));
    assertTrue(
        writeError(deep, Map.of()).endsWith("tensor \"deep\" has more than 64 numbers as shape"));
  }

  @Test
  void aReleasedTensor() throws IOException {
    var tensors = tensors("first");
    try (var _ = Scope.open("step 7")) {
      tensors.putAll(tensors("second"));
    }
    assertTrue(writeError(tensors, Map.of()).contains("step 7"));
  }
}
