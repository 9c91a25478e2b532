package fovea.core.io;

import fovea.core.array.Shape;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.SequencedMap;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.ObjectWriteContext;
import tools.jackson.core.json.JsonFactory;

/// What a safetensors file says of itself: its metadata, and of each tensor the type, the shape and
/// the place. [HeaderReader] reads it, [#toJson] writes it.
record Header(SequencedMap<String, String> metadata, List<Entry> entries) {
  /// The length that the reference implementation allows.
  static final int MAX_BYTES = 100_000_000;

  static final String METADATA = "__metadata__";
  static final String DTYPE = "dtype";
  static final String SHAPE = "shape";
  static final String OFFSETS = "data_offsets";

  private static final JsonFactory JSON = new JsonFactory();

  /// A tensor: its bytes are those from `begin` (inclusive) to `end` (exclusive) behind the header.
  record Entry(String name, StoredType type, Shape shape, long begin, long end) {}

  /// The tensors as their bytes follow each other; empty ones come before what begins at the same
  /// place.
  List<Entry> inDataOrder() {
    return inDataOrder(entries);
  }

  static List<Entry> inDataOrder(List<Entry> entries) {
    return entries.stream()
        .sorted(Comparator.comparingLong(Entry::begin).thenComparingLong(Entry::end))
        .toList();
  }

  /// How many bytes of tensor data follow.
  long dataBytes() {
    return entries.stream().mapToLong(Entry::end).max().orElse(0);
  }

  /// This header as JSON in UTF-8, metadata first, padded with spaces so that the tensor data
  /// behind it, and the 8 bytes that stand before it, are aligned to 8 bytes.
  byte[] toJson() {
    var bytes = new ByteArrayOutputStream();
    try (JsonGenerator json = JSON.createGenerator(ObjectWriteContext.empty(), bytes)) {
      json.writeStartObject();
      if (!metadata.isEmpty()) {
        json.writeObjectPropertyStart(METADATA);
        metadata.forEach(json::writeStringProperty);
        json.writeEndObject();
      }
      for (var entry : entries) {
        json.writeObjectPropertyStart(entry.name);
        json.writeStringProperty(DTYPE, entry.type.name());
        json.writeName(SHAPE);
        var sizes = entry.shape.sizes();
        json.writeArray(sizes, 0, sizes.length);
        json.writeName(OFFSETS);
        json.writeArray(new long[] {entry.begin, entry.end}, 0, 2);
        json.writeEndObject();
      }
      json.writeEndObject();
    }
    var text = bytes.toByteArray();
    var padded = Arrays.copyOf(text, (text.length + 7) & -8);
    Arrays.fill(padded, text.length, padded.length, (byte) ' ');
    return padded;
  }

  /// Whether a text can stand in a file at all: a surrogate without its other half has no UTF-8.
  static boolean isUnicode(String text) {
    return StandardCharsets.UTF_8.newEncoder().canEncode(text);
  }

  /// A text with numbers as this project writes them, wherever it runs.
  @SuppressWarnings("AnnotateFormatMethod") // takes a dependency
  static String text(String format, @Nullable Object... details) {
    return String.format(Locale.ROOT, format, details);
  }

  /// A text from a file, made fit to stand in an error message, in quotation marks.
  static String quoted(String text) {
    return '"' + plain(text) + '"';
  }

  /// A text from a file, made fit to stand in an error message: on one line, not long, without
  /// letters that nobody sees.
  static String plain(String text) {
    var result = new StringBuilder();
    int at = 0;
    while (at < text.length() && at < 100) {
      int c = text.codePointAt(at);
      switch (Character.getType(c)) {
        case Character.CONTROL,
            Character.FORMAT,
            Character.LINE_SEPARATOR,
            Character.PARAGRAPH_SEPARATOR,
            Character.SURROGATE ->
            result.append(text("\\u%04x", c));
        default -> result.appendCodePoint(c);
      }
      at += Character.charCount(c);
    }
    return result.append(at < text.length() ? "…" : "").toString();
  }
}
