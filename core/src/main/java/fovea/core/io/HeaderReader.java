package fovea.core.io;

import static fovea.core.io.Header.plain;
import static fovea.core.io.Header.quoted;
import static fovea.core.io.Header.text;

import fovea.core.FoveaException;
import fovea.core.array.Shape;
import fovea.core.io.Header.Entry;
import java.io.ByteArrayInputStream;
import java.io.InputStreamReader;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.TokenStreamFactory;
import tools.jackson.core.json.JsonFactory;

/// Reads the header of a safetensors file and refuses what the format forbids. Nothing is skipped
/// over: the first token that does not belong where it stands ends the reading, so that no nesting,
/// number or list in a hostile file costs more than it is long.
///
/// The format: <https://github.com/huggingface/safetensors#format>.
final class HeaderReader {
  /// A file may hold as many tensors, and as many pieces of metadata. Real ones have some
  /// thousands.
  static final int MAX_ENTRIES = 100_000;

  static final int MAX_AXES = 64;

  /// Names come from a file once each: a table of them, as Jackson keeps for objects of one class,
  /// would only grow.
  private static final JsonFactory JSON =
      JsonFactory.builder()
          .disable(TokenStreamFactory.Feature.CANONICALIZE_PROPERTY_NAMES)
          .streamReadConstraints(
              StreamReadConstraints.builder()
                  .maxNestingDepth(4)
                  .maxNumberLength(32)
                  .maxNameLength(10_000)
                  .maxStringLength(10_000_000)
                  .maxDocumentLength(Header.MAX_BYTES)
                  .build())
          .build();

  private final String file;
  private final JsonParser json;
  private final SequencedMap<String, String> metadata = new LinkedHashMap<>();
  private final List<Entry> entries = new ArrayList<>();

  /// Tensors of types that cannot be read, with their types.
  private final List<String> unsupported = new ArrayList<>();

  private HeaderReader(String file, JsonParser json) {
    this.file = file;
    this.json = json;
  }

  /// @param file its name, for error messages
  /// @param header the bytes of the header
  /// @param dataBytes how many bytes follow the header
  static Header read(String file, byte[] header, long dataBytes) {
    if (header.length == 0 || header[0] != '{') {
      throw new FoveaException(
          file
              + ": the header does not begin with \"{\"; the file is damaged or no safetensors file");
    }
    // A decoder that reports what is not UTF-8, where Jackson would guess at other encodings.
    var text =
        new InputStreamReader(
            new ByteArrayInputStream(header), StandardCharsets.UTF_8.newDecoder());
    try (var json = JSON.createParser(ObjectReadContext.empty(), text)) {
      var reader = new HeaderReader(file, json);
      reader.readAll();
      reader.checkTypes();
      reader.checkPlaces(dataBytes);
      return new Header(
          Collections.unmodifiableSequencedMap(reader.metadata), List.copyOf(reader.entries));
    } catch (JacksonException e) {
      throw notJson(file, e);
    }
  }

  private static FoveaException notJson(String file, JacksonException e) {
    if (e.getCause() instanceof CharacterCodingException) {
      return new FoveaException(file + ": the header is not valid UTF-8", e);
    }
    var reason = e.getOriginalMessage().replaceAll(" \\(start marker at \\[.*?]\\)", "").strip();
    var location = e.getLocation(); // not known where a limit was passed
    var at = location == null ? "" : text(" at character %,d", location.getCharOffset());
    return new FoveaException(
        text("%s: the header is not valid JSON%s: %s", file, at, plain(reason)), e);
  }

  // ---- the JSON

  private void readAll() {
    json.nextToken(); // the "{" that stands first
    var names = new HashSet<String>();
    while (json.nextToken() == JsonToken.PROPERTY_NAME) {
      var name = name();
      if (!names.add(name)) {
        throw bad("%s is named twice", name.equals(Header.METADATA) ? name : tensor(name));
      }
      if (name.equals(Header.METADATA)) {
        readMetadata();
      } else {
        readEntry(name);
      }
      if (names.size() > MAX_ENTRIES) {
        throw bad("the header names more than %,d tensors", MAX_ENTRIES);
      }
    }
    if (json.nextToken() != null) {
      throw bad("the header goes on after its closing \"}\"");
    }
  }

  private void readMetadata() {
    if (json.nextToken() != JsonToken.START_OBJECT) {
      throw bad("%s is %s, not an object", Header.METADATA, kind());
    }
    while (json.nextToken() == JsonToken.PROPERTY_NAME) {
      var key = name();
      if (json.nextToken() != JsonToken.VALUE_STRING) {
        throw bad("%s has %s under %s, not a string", Header.METADATA, kind(), quoted(key));
      }
      if (metadata.put(key, string()) != null) {
        throw bad("%s has %s twice", Header.METADATA, quoted(key));
      }
      if (metadata.size() > MAX_ENTRIES) {
        throw bad("%s has more than %,d keys", Header.METADATA, MAX_ENTRIES);
      }
    }
  }

  private void readEntry(String name) {
    if (json.nextToken() != JsonToken.START_OBJECT) {
      throw bad("%s is described by %s, not an object", tensor(name), kind());
    }
    String dtype = null;
    long[] shape = null;
    long[] offsets = null;
    Set<String> keys = new HashSet<>();
    while (json.nextToken() == JsonToken.PROPERTY_NAME) {
      var key = name();
      if (!keys.add(key)) {
        throw bad("%s has %s twice", tensor(name), quoted(key));
      }
      json.nextToken();
      switch (key) {
        case Header.DTYPE -> dtype = dtype(name);
        case Header.SHAPE -> shape = numbers(name, key, MAX_AXES);
        case Header.OFFSETS -> offsets = numbers(name, key, 2);
        default -> throw bad("%s has an unknown key, %s", tensor(name), quoted(key));
      }
    }
    if (dtype == null || shape == null || offsets == null) {
      var missing = dtype == null ? Header.DTYPE : shape == null ? Header.SHAPE : Header.OFFSETS;
      throw bad("%s has no \"%s\"", tensor(name), missing);
    }
    if (offsets.length != 2) {
      throw bad("%s has %d data_offsets, not 2", tensor(name), offsets.length);
    }
    add(name, dtype, shape, offsets[0], offsets[1]);
  }

  private String dtype(String name) {
    if (json.currentToken() != JsonToken.VALUE_STRING) {
      throw bad("%s has %s as dtype, not a string", tensor(name), kind());
    }
    return string();
  }

  private long[] numbers(String name, String key, int max) {
    if (json.currentToken() != JsonToken.START_ARRAY) {
      throw bad("%s has %s as %s, not a list of numbers", tensor(name), kind(), key);
    }
    var numbers = new long[4];
    int n = 0;
    while (json.nextToken() != JsonToken.END_ARRAY) {
      if (json.currentToken() != JsonToken.VALUE_NUMBER_INT) {
        throw bad("%s has %s in its %s, not a whole number", tensor(name), kind(), key);
      }
      if (n == max) {
        throw bad("%s has more than %d numbers as %s", tensor(name), max, key);
      }
      if (json.getNumberType() == JsonParser.NumberType.BIG_INTEGER) {
        throw bad("%s has %s in its %s, which is too large", tensor(name), json.getString(), key);
      }
      if (n == numbers.length) {
        numbers = Arrays.copyOf(numbers, 2 * n);
      }
      numbers[n++] = json.getLongValue();
    }
    return Arrays.copyOf(numbers, n);
  }

  private String name() {
    return unicode(json.currentName());
  }

  private String string() {
    return unicode(json.getString());
  }

  private String unicode(@Nullable String text) {
    if (text == null || !Header.isUnicode(text)) {
      throw bad("the header has half a surrogate pair in %s", quoted(text == null ? "" : text));
    }
    return text;
  }

  /// What stands here, for error messages.
  private String kind() {
    return switch (json.currentToken()) {
      case START_OBJECT -> "an object";
      case START_ARRAY -> "a list";
      case VALUE_STRING -> "a string";
      case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> "the number " + json.getString();
      case VALUE_TRUE -> "true";
      case VALUE_FALSE -> "false";
      case VALUE_NULL -> "null";
      case null, default -> "nothing";
    };
  }

  // ---- what it says

  private void add(String name, String dtype, long[] sizes, long begin, long end) {
    var shape = shape(name, sizes);
    if (begin < 0 || end < begin) {
      throw bad("%s has offsets [%d, %d], which are no range", tensor(name), begin, end);
    }
    var type = StoredType.named(dtype);
    if (type == null) {
      unsupported.add(tensor(name) + " (" + quoted(dtype) + ")");
      return;
    }
    // Neither factor is negative, so that the high half is 0 where the product is a number of
    // bytes.
    long bytes = shape.elements() * type.bytes();
    boolean huge = bytes < 0 || Math.multiplyHigh(shape.elements(), type.bytes()) != 0;
    if (huge || bytes != end - begin) {
      throw bad(
          "%s has %,d bytes, [%d, %d], but %s of %s takes %s",
          tensor(name), end - begin, begin, end, shape, type, huge ? "more" : text("%,d", bytes));
    }
    entries.add(new Entry(name, type, shape, begin, end));
  }

  private Shape shape(String name, long[] sizes) {
    long elements = 1;
    var narrow = new int[sizes.length];
    for (int i = 0; i < sizes.length; i++) {
      long size = sizes[i];
      if (size < 0) {
        throw bad("%s has shape %s, with a negative size", tensor(name), Arrays.toString(sizes));
      }
      boolean overflow = Math.multiplyHigh(elements, Math.max(size, 1)) != 0;
      elements *= Math.max(size, 1);
      if (size > Integer.MAX_VALUE || overflow || elements < 0) {
        throw bad("%s has shape %s, which is too large", tensor(name), Arrays.toString(sizes));
      }
      narrow[i] = (int) size;
    }
    return Shape.of(narrow);
  }

  private void checkTypes() {
    if (unsupported.isEmpty()) {
      return;
    }
    int shown = Math.min(3, unsupported.size());
    int others = unsupported.size() - shown;
    throw bad(
        "the element type of %s%s is not supported; supported are %s",
        String.join(", ", unsupported.subList(0, shown)),
        others == 0 ? "" : text(" and %,d more", others),
        Stream.of(StoredType.values()).map(Enum::name).collect(Collectors.joining(", ")));
  }

  /// The tensors must fill what follows the header, each byte belonging to one.
  private void checkPlaces(long dataBytes) {
    Entry last = null;
    long filled = 0;
    for (var entry : Header.inDataOrder(entries)) {
      if (entry.begin() < filled && last != null) {
        throw bad(
            "%s and %s overlap: [%d, %d] and [%d, %d]",
            tensor(last.name()),
            tensor(entry.name()),
            last.begin(),
            last.end(),
            entry.begin(),
            entry.end());
      }
      if (entry.begin() > filled) {
        if (entry.end() > dataBytes) {
          throw bad(
              "%s lies at [%d, %d], outside the %,d bytes of tensor data",
              tensor(entry.name()), entry.begin(), entry.end(), dataBytes);
        }
        throw bad("bytes %,d to %,d of the tensor data belong to no tensor", filled, entry.begin());
      }
      filled = entry.end();
      last = entry;
    }
    if (filled > dataBytes) {
      throw bad("the file ends after %,d of %,d bytes of tensor data", dataBytes, filled);
    }
    if (filled < dataBytes) {
      throw bad("%,d bytes follow the last tensor and belong to none", dataBytes - filled);
    }
  }

  private static String tensor(String name) {
    return "tensor " + quoted(name);
  }

  private FoveaException bad(String problem, @Nullable Object... details) {
    return new FoveaException(file + ": " + text(problem, details));
  }
}
