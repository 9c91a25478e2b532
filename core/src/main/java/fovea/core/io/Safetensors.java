package fovea.core.io;

import static fovea.core.io.Header.quoted;
import static fovea.core.io.Header.text;

import fovea.core.FoveaException;
import fovea.core.UnknownNameException;
import fovea.core.array.NdArray;
import fovea.core.io.Header.Entry;
import fovea.core.kernel.Kernels;
import fovea.core.memory.Scope;
import fovea.core.tensor.Tensor;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.lang.foreign.MemorySegment;
import java.lang.ref.Reference;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SequencedMap;
import java.util.TreeMap;

/// Files of named tensors in the safetensors format: 8 bytes with the length of the header, the
/// header in JSON, the elements in little-endian row-major order. PyTorch, Python and most tools of
/// the field read and write them; unlike a pickle, such a file can hold nothing that runs.
///
/// Source: <https://github.com/huggingface/safetensors#format>.
public final class Safetensors {
  private static final int CHUNK = 1 << 18;

  private Safetensors() {}

  /// What a file holds.
  ///
  /// @param tensors by name, in the order of the header
  /// @param metadata the texts under `__metadata__`, in the order of the header; empty where there
  ///   are none
  public record Contents(
      SequencedMap<String, Tensor> tensors, SequencedMap<String, String> metadata) {}

  /// Reads a file whole. Its tensors are row-major leaves without gradient, in this thread's
  /// innermost scope or, outside any, in the collector's care.
  ///
  /// F64, F32, BF16, I64, I32, U8 and BOOL keep their type. The others become the smallest type of
  /// ours that holds all their values: F16 float32; I8, I16 and U16 int32; U32 int64. U64 becomes
  /// int64 where no value is 2⁶³ or more. Complex numbers and the formats of 8 bits and less are
  /// refused.
  ///
  /// Memory use is bounded by the file's size, whatever its header says. The file is read as a
  /// stream, not mapped: when somebody cuts it short meanwhile, that is an error like any other.
  ///
  /// **Differs** from the reference implementation, which lets pass: unknown keys, bytes other than
  /// 0 and 1 in a BOOL, more than 100,000 tensors.
  ///
  /// @throws FoveaException naming the file and, where it is one, the tensor at fault
  public static Contents read(Path file) {
    try {
      var attributes = Files.readAttributes(file, BasicFileAttributes.class);
      if (attributes.isDirectory()) {
        throw new FoveaException(file + " is a folder, not a safetensors file");
      }
      if (!attributes.isRegularFile()) {
        throw new FoveaException(file + " is not a regular file");
      }
      try (var in = Files.newInputStream(file)) {
        return read(in, attributes.size(), file.toString());
      }
    } catch (NoSuchFileException e) {
      throw missing(file, e);
    } catch (IOException e) {
      throw new FoveaException("cannot read " + file + ": " + AtomicFile.reason(e), e);
    }
  }

  /// Reads what a file of `size` bytes holds.
  static Contents read(InputStream in, long size, String file) throws IOException {
    if (size < 8) {
      throw new FoveaException(
          "%s has %d bytes; a safetensors file has at least 8".formatted(file, size));
    }
    var first = in.readNBytes(8);
    if (first.length < 8) {
      throw shrunk(file);
    }
    long length = ByteBuffer.wrap(first).order(ByteOrder.LITTLE_ENDIAN).getLong();
    if (length < 0 || length > Header.MAX_BYTES) {
      throw new FoveaException(
          "%s announces a header of %s bytes, more than the format allows; it is damaged or no safetensors file"
              .formatted(file, Long.toUnsignedString(length)));
    }
    if (length > size - 8) {
      throw new FoveaException(
          text(
              "%s announces a header of %,d bytes, but only %,d follow; it is cut short or no safetensors file",
              file, length, size - 8));
    }
    var json = in.readNBytes((int) length);
    if (json.length < length) {
      throw shrunk(file);
    }
    var header = HeaderReader.read(file, json, size - 8 - length);
    var arrays = readAll(in, header, file);
    var tensors = new LinkedHashMap<String, Tensor>();
    for (var entry : header.entries()) {
      tensors.put(entry.name(), Tensor.of(Objects.requireNonNull(arrays.get(entry.name()))));
    }
    return new Contents(Collections.unmodifiableSequencedMap(tensors), header.metadata());
  }

  private static Map<String, NdArray> readAll(InputStream in, Header header, String file)
      throws IOException {
    var arrays = new HashMap<String, NdArray>();
    var chunk = new byte[(int) Math.min(CHUNK, header.dataBytes())];
    try {
      for (var entry : header.inDataOrder()) {
        var array = NdArray.allocate(entry.type().dtype(), entry.shape());
        array.storage().origin("reading " + file);
        arrays.put(entry.name(), array);
        read(in, entry, array, chunk, file);
      }
    } catch (IOException | RuntimeException e) {
      arrays.values().forEach(array -> array.storage().release("reading " + file + " had failed"));
      throw e;
    }
    return arrays;
  }

  private static void read(InputStream in, Entry entry, NdArray array, byte[] chunk, String file)
      throws IOException {
    var type = entry.type();
    var from = MemorySegment.ofArray(chunk);
    var to = array.segment();
    long elements = entry.shape().elements();
    for (long at = 0; at < elements; ) {
      int count = (int) Math.min(elements - at, chunk.length / type.bytes());
      if (in.readNBytes(chunk, 0, count * type.bytes()) < count * type.bytes()) {
        throw shrunk(file);
      }
      int wrong = type.decode(from, to, at, count);
      if (wrong >= 0) {
        throw new FoveaException(
            text(
                "%s: tensor %s has a value at element %,d that %s",
                file,
                quoted(entry.name()),
                at + wrong,
                type == StoredType.BOOL ? "is neither 0 nor 1" : "does not fit into int64"));
      }
      at += count;
    }
  }

  private static FoveaException shrunk(String file) {
    return new FoveaException(file + " became shorter while it was read");
  }

  private static FoveaException missing(Path file, IOException cause) {
    var folder = file.toAbsolutePath().getParent();
    var name = file.getFileName();
    if (folder != null && name != null && Files.isDirectory(folder)) {
      try (var files = Files.newDirectoryStream(folder, "*.safetensors")) {
        var known = new ArrayList<String>();
        for (var sibling : files) {
          known.add(String.valueOf(sibling.getFileName()));
          if (known.size() == 20) {
            break;
          }
        }
        if (!known.isEmpty()) {
          Collections.sort(known);
          return new UnknownNameException("file in " + folder, name.toString(), known);
        }
      } catch (IOException e) {
        // Then without a hint.
      }
      return new FoveaException("no file " + file, cause);
    }
    return new FoveaException(
        "no file " + file + ": the folder " + folder + " does not exist", cause);
  }

  /// Writes a file, whole or not at all ([AtomicFile]). Any layout is written in row-major order.
  /// The header keeps the order of `tensors`; the elements lie by size, largest first, so that all
  /// are aligned.
  ///
  /// @param metadata any texts; those of a map without order are written in order of their keys
  /// @throws FoveaException naming the file and the reason, when it cannot be written
  public static void write(
      Path file, SequencedMap<String, Tensor> tensors, Map<String, String> metadata) {
    var arrays = new HashMap<String, NdArray>();
    tensors.forEach((name, tensor) -> arrays.put(name, tensor.array()));
    var header = header(file, tensors, metadata);
    var json = header.toJson();
    // What could not be read again is not written in the first place.
    HeaderReader.read(file.toString(), json, header.dataBytes());
    AtomicFile.write(
        file,
        out -> {
          var length = ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putLong(json.length);
          out.write(length.array());
          out.write(json);
          var chunk = new byte[(int) Math.min(CHUNK, header.dataBytes())];
          for (var entry : header.inDataOrder()) {
            write(Objects.requireNonNull(arrays.get(entry.name())), entry.type(), chunk, out);
          }
        });
  }

  private static Header header(
      Path file, SequencedMap<String, Tensor> tensors, Map<String, String> metadata) {
    var places = new HashMap<String, Long>();
    long end = 0;
    var largestFirst = Comparator.comparingInt((Tensor t) -> -t.dtype().bytes());
    for (var e :
        tensors.entrySet().stream().sorted(Map.Entry.comparingByValue(largestFirst)).toList()) {
      places.put(e.getKey(), end);
      end += bytes(e.getValue());
    }
    var entries = new ArrayList<Entry>();
    tensors.forEach(
        (name, tensor) -> {
          if (name.equals(Header.METADATA) || !Header.isUnicode(name)) {
            throw new FoveaException(
                "cannot write %s: no tensor can be called %s".formatted(file, quoted(name)));
          }
          long begin = Objects.requireNonNull(places.get(name));
          var type = StoredType.of(tensor.dtype());
          entries.add(new Entry(name, type, tensor.shape(), begin, begin + bytes(tensor)));
        });
    metadata.forEach(
        (key, value) -> {
          if (!Header.isUnicode(key) || !Header.isUnicode(value)) {
            throw new FoveaException(
                "cannot write %s: the metadata has half a surrogate pair under %s"
                    .formatted(file, quoted(key)));
          }
        });
    SequencedMap<String, String> ordered =
        metadata instanceof SequencedMap<String, String> m ? m : new TreeMap<>(metadata);
    return new Header(ordered, List.copyOf(entries));
  }

  private static long bytes(Tensor tensor) {
    return tensor.shape().elements() * tensor.dtype().bytes();
  }

  private static void write(NdArray array, StoredType type, byte[] chunk, OutputStream out)
      throws IOException {
    if (!array.isContiguous()) {
      try (var _ = Scope.open("writing a safetensors file")) {
        var dense = NdArray.allocate(array.dtype(), array.shape());
        Kernels.best().copy(array, dense);
        write(dense, type, chunk, out);
      }
      return;
    }
    try {
      long elements = array.shape().elements();
      var from = array.segment();
      var to = MemorySegment.ofArray(chunk);
      for (long at = 0; at < elements; ) {
        int count = (int) Math.min(elements - at, chunk.length / type.bytes());
        type.encode(from, array.offset() + at, to, count);
        out.write(chunk, 0, count * type.bytes());
        at += count;
      }
    } finally {
      Reference.reachabilityFence(array);
    }
  }
}
