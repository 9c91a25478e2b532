package fovea.core.io;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import fovea.core.array.DType;
import fovea.core.array.NdArray;
import fovea.core.array.Shape;
import fovea.core.tensor.Tensor;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SafetensorsTest extends ScopedTest {
  /// Written by the Python package safetensors 0.8.0 from PyTorch tensors of every type read here.
  private static final String REFERENCE_HEADER =
      """
      {"__metadata__":{"format":"pt"},\
      "u64":{"dtype":"U64","shape":[1],"data_offsets":[0,8]},\
      "steps":{"dtype":"I64","shape":[3],"data_offsets":[8,32]},\
      "double":{"dtype":"F64","shape":[],"data_offsets":[32,40]},\
      "empty":{"dtype":"F32","shape":[0,3],"data_offsets":[40,40]},\
      "weight":{"dtype":"F32","shape":[2,2],"data_offsets":[40,56]},\
      "u32":{"dtype":"U32","shape":[1],"data_offsets":[56,60]},\
      "i32":{"dtype":"I32","shape":[2],"data_offsets":[60,68]},\
      "brain":{"dtype":"BF16","shape":[3],"data_offsets":[68,74]},\
      "half":{"dtype":"F16","shape":[4],"data_offsets":[74,82]},\
      "u16":{"dtype":"U16","shape":[1],"data_offsets":[82,84]},\
      "i16":{"dtype":"I16","shape":[2],"data_offsets":[84,88]},\
      "i8":{"dtype":"I8","shape":[2],"data_offsets":[88,90]},\
      "bytes":{"dtype":"U8","shape":[3],"data_offsets":[90,93]},\
      "mask":{"dtype":"BOOL","shape":[3],"data_offsets":[93,96]}}\
      """;

  private static final String REFERENCE_DATA =
      "/////////38BAAAAAAAAAP7/////////AAAAAAAAAEAYLURU+yEJQAAAwD8AAADAAACAf8IWAQD/////AAAAgP///3+A"
          + "P0nAYn8APAC4/3sBAP//AID/f4B/AID/AQAB";

  @TempDir Path folder;

  private static Tensor tensor(DType dtype, Shape shape, double... values) {
    var array = NdArray.allocate(dtype, shape);
    var flat = array.reshape(Shape.of(values.length));
    for (int i = 0; i < values.length; i++) {
      flat.set(values[i], i);
    }
    return Tensor.of(array);
  }

  private SequencedMap<String, Tensor> roundTrip(SequencedMap<String, Tensor> tensors) {
    var file = folder.resolve("round.safetensors");
    Safetensors.write(file, tensors, Map.of());
    return Safetensors.read(file).tensors();
  }

  @Test
  void readsEveryTypeAsTheReferenceWritesIt() {
    var contents =
        Bytes.read(Bytes.file(REFERENCE_HEADER, Base64.getDecoder().decode(REFERENCE_DATA)));
    assertEquals(Map.of("format", "pt"), contents.metadata());
    var t = contents.tensors();
    assertEquals(
        List.of(
            "u64", "steps", "double", "empty", "weight", "u32", "i32", "brain", "half", "u16",
            "i16", "i8", "bytes", "mask"),
        List.copyOf(t.keySet()));
    assertIntegers(t.get("u64"), DType.I64, Long.MAX_VALUE);
    assertIntegers(t.get("steps"), DType.I64, 1, -2, 1L << 62);
    assertIntegers(t.get("u32"), DType.I64, 0xFFFFFFFFL);
    assertIntegers(t.get("i32"), DType.I32, Integer.MIN_VALUE, Integer.MAX_VALUE);
    assertIntegers(t.get("u16"), DType.I32, 65535);
    assertIntegers(t.get("i16"), DType.I32, -32768, 32767);
    assertIntegers(t.get("i8"), DType.I32, -128, 127);
    assertIntegers(t.get("bytes"), DType.U8, 0, 128, 255);
    assertIntegers(t.get("mask"), DType.BOOL, 1, 0, 1);
    assertEquals(Shape.of(), t.get("double").shape());
    assertFloats(t.get("double"), DType.F64, Math.PI);
    assertEquals(Shape.of(0, 3), t.get("empty").shape());
    assertEquals(Shape.of(2, 2), t.get("weight").shape());
    assertFloats(t.get("weight"), DType.F32, 1.5, -2, Double.POSITIVE_INFINITY, 1e-40f);
    assertFloats(t.get("brain"), DType.BF16, 1, -3.140625, 0x1.C4p127);
    assertFloats(t.get("half"), DType.F32, 1, -0.5, 65504, 0x1p-24);
    assertFalse(t.get("weight").requiresGrad());
  }

  private static void assertIntegers(Tensor t, DType dtype, long... expected) {
    assertEquals(dtype, t.dtype());
    assertArrayEquals(expected, t.array().toLongs());
  }

  private static void assertFloats(Tensor t, DType dtype, double... expected) {
    assertEquals(dtype, t.dtype());
    assertArrayEquals(expected, t.array().toDoubles());
  }

  @Test
  void writesTheSameBytesAsTheReference() throws IOException {
    // Written by the Python package safetensors 0.8.0.
    var header =
        """
        {"__metadata__":{"note":"größe \\"x\\"\\n"},\
        "steps":{"dtype":"I64","shape":[1],"data_offsets":[0,8]},\
        "α":{"dtype":"F32","shape":[1,2],"data_offsets":[8,16]}}   \
        """;
    byte[] data = {7, 0, 0, 0, 0, 0, 0, 0, 0, 0, (byte) 0x80, 0x3F, 0, 0, 0, 0x40};
    var tensors = new LinkedHashMap<String, Tensor>();
    tensors.put("steps", tensor(DType.I64, Shape.of(1), 7));
    tensors.put("α", tensor(DType.F32, Shape.of(1, 2), 1, 2));
    var file = folder.resolve("same.safetensors");
    Safetensors.write(file, tensors, Map.of("note", "größe \"x\"\n"));
    assertArrayEquals(Bytes.file(header, data), Files.readAllBytes(file));
  }

  @Test
  void everyTypeSurvives() {
    var values = new EnumMap<DType, double[]>(DType.class);
    values.put(
        DType.F64,
        new double[] {0, -0.0, Double.MIN_VALUE, Double.NaN, Double.NEGATIVE_INFINITY, Math.E});
    values.put(
        DType.F32,
        new double[] {0, -0.0, Float.MIN_VALUE, Float.NaN, Float.NEGATIVE_INFINITY, 0.1f});
    values.put(
        DType.BF16,
        new double[] {0, -0.0, 0x1p-133, Double.NaN, Double.NEGATIVE_INFINITY, 3.140625});
    values.put(DType.I64, new double[] {0, 1, -1, 1L << 53, Long.MIN_VALUE, 42});
    values.put(DType.I32, new double[] {0, 1, -1, Integer.MAX_VALUE, Integer.MIN_VALUE, 42});
    values.put(DType.U8, new double[] {0, 1, 2, 127, 128, 255});
    values.put(DType.BOOL, new double[] {0, 1, 1, 0, 0, 1});
    var tensors = new LinkedHashMap<String, Tensor>();
    for (var dtype : DType.values()) {
      tensors.put(dtype.name(), tensor(dtype, Shape.of(2, 3), values.get(dtype)));
      tensors.put(dtype + ".scalar", tensor(dtype, Shape.of(), 1));
      tensors.put(dtype + ".empty", tensor(dtype, Shape.of(2, 0, 3)));
      tensors.put(dtype + ".odd", tensor(dtype, Shape.of(1, 1, 3), 0, 1, 0));
    }
    var back = roundTrip(tensors);
    assertEquals(List.copyOf(tensors.keySet()), List.copyOf(back.keySet()));
    tensors.forEach(
        (name, tensor) -> {
          assertEquals(tensor.dtype(), back.get(name).dtype(), name);
          assertEquals(tensor.shape(), back.get(name).shape(), name);
          assertArrayEquals(tensor.array().toDoubles(), back.get(name).array().toDoubles(), name);
          assertArrayEquals(tensor.array().toLongs(), back.get(name).array().toLongs(), name);
        });
  }

  @Test
  void elementsLieAlignedWhateverTheOrder() throws IOException {
    var tensors = new LinkedHashMap<String, Tensor>();
    tensors.put("a", tensor(DType.U8, Shape.of(3), 1, 2, 3));
    tensors.put("b", tensor(DType.F32, Shape.of(1), 4));
    tensors.put("c", tensor(DType.F64, Shape.of(1), 5));
    var file = folder.resolve("aligned.safetensors");
    Safetensors.write(file, tensors, Map.of());
    var bytes = Files.readAllBytes(file);
    long length = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).getLong();
    assertEquals(0, length % 8);
    assertEquals(
        """
        {"a":{"dtype":"U8","shape":[3],"data_offsets":[12,15]},\
        "b":{"dtype":"F32","shape":[1],"data_offsets":[8,12]},\
        "c":{"dtype":"F64","shape":[1],"data_offsets":[0,8]}}\
        """,
        new String(bytes, 8, (int) length, UTF_8).stripTrailing());
    assertEquals(List.of("a", "b", "c"), List.copyOf(Safetensors.read(file).tensors().keySet()));
  }

  @Test
  void viewsAreWrittenInRowMajorOrder() {
    var base = NdArray.allocate(DType.F32, Shape.of(4, 6));
    var image = NdArray.channelsLast(DType.F32, Shape.of(2, 3, 4, 5));
    for (int i = 0; i < 24; i++) {
      base.set(i, i / 6, i % 6);
    }
    for (int i = 0; i < 120; i++) {
      image.set(i, i / 60, i / 20 % 3, i / 5 % 4, i % 5);
    }
    var views = new LinkedHashMap<String, Tensor>();
    views.put("transposed", Tensor.of(base.permute(1, 0)));
    views.put("rows", Tensor.of(base.slice(0, 1, 3, 1)));
    views.put("every second", Tensor.of(base.slice(1, 1, 6, 2)));
    views.put("repeated", Tensor.of(base.slice(0, 2, 3, 1).expand(Shape.of(3, 6))));
    views.put("channels last", Tensor.of(image));
    views.put("none of it", Tensor.of(base.permute(1, 0).slice(0, 2, 2, 1)));
    var back = roundTrip(views);
    views.forEach(
        (name, view) -> {
          assertEquals(view.shape(), back.get(name).shape(), name);
          assertTrue(back.get(name).array().isContiguous(), name);
          assertArrayEquals(view.array().toFloats(), back.get(name).array().toFloats(), name);
        });
  }

  @Test
  void tensorsLargerThanOneRead() {
    int n = 200_003;
    var values = new long[n];
    Arrays.setAll(values, i -> i * 0x9E3779B97F4A7C15L);
    var tensors = new LinkedHashMap<String, Tensor>();
    tensors.put("large", Tensor.of(NdArray.of(values, Shape.of(n))));
    tensors.put("half", Tensor.of(NdArray.of(values, Shape.of(n)).slice(0, 0, n, 2)));
    var back = roundTrip(tensors);
    assertArrayEquals(values, back.get("large").array().toLongs());
    assertEquals(values[n - 1], back.get("half").array().toLongs()[n / 2]);
  }

  @Test
  void anyNamesAndMetadata() {
    var names = List.of("", " ", "größe", "重み.0", "😀", "a\"b\\c\n\u0001", "x".repeat(5000));
    var tensors = new LinkedHashMap<String, Tensor>();
    var metadata = new LinkedHashMap<String, String>();
    for (var name : names) {
      tensors.put(name, tensor(DType.F32, Shape.of(), tensors.size()));
      metadata.put(name, name + name);
    }
    var file = folder.resolve("häßlich 😀.safetensors");
    Safetensors.write(file, tensors, metadata);
    var contents = Safetensors.read(file);
    assertEquals(
        new ArrayList<>(metadata.entrySet()), new ArrayList<>(contents.metadata().entrySet()));
    assertEquals(names, List.copyOf(contents.tensors().keySet()));
  }

  @Test
  void nothingAtAll() throws IOException {
    var file = folder.resolve("empty.safetensors");
    Safetensors.write(file, new LinkedHashMap<>(), Map.of());
    assertArrayEquals(Bytes.file("{}      "), Files.readAllBytes(file));
    var contents = Safetensors.read(file);
    assertTrue(contents.tensors().isEmpty());
    assertTrue(contents.metadata().isEmpty());
  }

  @Test
  void metadataWithoutOrderIsSorted() {
    var file = folder.resolve("sorted.safetensors");
    Safetensors.write(file, new LinkedHashMap<>(), Map.of("c", "1", "a", "2", "b", "3", "d", "4"));
    assertEquals(
        List.of("a", "b", "c", "d"), List.copyOf(Safetensors.read(file).metadata().keySet()));
  }

  @Test
  void whatIsTrueIsOne() {
    var array = NdArray.allocate(DType.BOOL, Shape.of(2));
    array.segment().set(java.lang.foreign.ValueLayout.JAVA_BYTE, 0, (byte) 255);
    array.segment().set(java.lang.foreign.ValueLayout.JAVA_BYTE, 1, (byte) 0);
    var tensors = new LinkedHashMap<String, Tensor>();
    tensors.put("mask", Tensor.of(array));
    assertArrayEquals(new int[] {1, 0}, roundTrip(tensors).get("mask").array().toInts());
  }

  /// SqueezeNet 1.1 as published, where the shared weights lie beside the project; else a file of
  /// our own.
  @Test
  void publishedWeights() {
    var file = sharedWeights("squeezenet1_1-imagenet.safetensors");
    boolean present = Files.exists(file);
    if (!present) {
      System.out.println(
          file + " is absent: SafetensorsTest reads a small file of its own instead");
      file = folder.resolve("own.safetensors");
      var tensors = new LinkedHashMap<String, Tensor>();
      tensors.put("classifier.1.bias", tensor(DType.F32, Shape.of(4), 1, 2, 3, 4));
      Safetensors.write(file, tensors, Map.of("format", "pt"));
    }
    var contents = Safetensors.read(file);
    var tensors = contents.tensors();
    assertEquals(Map.of("format", "pt"), contents.metadata());
    assertEquals(present ? 52 : 1, tensors.size());
    long elements = tensors.values().stream().mapToLong(t -> t.shape().elements()).sum();
    assertEquals(present ? 1_235_496 : 4, elements);
    // The sum as PyTorch reads it.
    double sum = Arrays.stream(tensors.get("classifier.1.bias").array().toDoubles()).sum();
    assertEquals(present ? 10.936995808340725 : 10, sum, 1e-12);
    var back = roundTrip(tensors);
    tensors.forEach(
        (name, t) ->
            assertArrayEquals(t.array().toFloats(), back.get(name).array().toFloats(), name));
  }

  private static Path sharedWeights(String name) {
    var root = Path.of("").toAbsolutePath();
    while (root.getParent() != null && !Files.exists(root.resolve("mvnw"))) {
      root = root.getParent();
    }
    return root.resolveSibling("shared").resolve("weights").resolve(name);
  }
}
