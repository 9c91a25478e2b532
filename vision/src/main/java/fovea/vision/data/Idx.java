package fovea.vision.data;

import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Collectors;
import java.util.zip.GZIPInputStream;
import java.util.zip.ZipException;
import org.jspecify.annotations.Nullable;

/// An array in an IDX file, the format of MNIST: two zero bytes, a byte for the type, a byte for
/// the number of axes, the length of each axis in four bytes, then the elements, the last axis
/// fastest; all big-endian. A file that starts with the bytes `1f 8b` is unpacked by gzip.
///
/// Source: Y. LeCun, C. Cortes, C. Burges, "The MNIST database of handwritten digits".
public final class Idx {

  /// The type of an array's elements.
  public enum Type {
    /// Unsigned byte.
    U8(0x08, 1),
    /// Signed byte.
    I8(0x09, 1),
    /// 16-bit integer.
    I16(0x0B, 2),
    /// 32-bit integer.
    I32(0x0C, 4),
    /// 32-bit float.
    F32(0x0D, 4),
    /// 64-bit float.
    F64(0x0E, 8);

    private final int code;
    private final int bytes;

    Type(int code, int bytes) {
      this.code = code;
      this.bytes = bytes;
    }

    /// The size of an element.
    public int bytes() {
      return bytes;
    }

    static @Nullable Type of(int code) {
      return Arrays.stream(values()).filter(type -> type.code == code).findFirst().orElse(null);
    }
  }

  private static final int MAX_AXES = 8;

  /// No compressed file may claim to hold more than this many times its size: deflate's own limit.
  private static final long MAX_DEFLATE = 1032;

  /// What is allocated before any element has arrived.
  private static final int FIRST_BUFFER = 1 << 20;

  private final Type type;
  private final List<Integer> dims;
  private final byte[] bytes;

  private Idx(Type type, List<Integer> dims, byte[] bytes) {
    this.type = type;
    this.dims = dims;
    this.bytes = bytes;
  }

  /// The type of the elements.
  public Type type() {
    return type;
  }

  /// The lengths of the axes, one to eight, each at least 1.
  public List<Integer> dims() {
    return dims;
  }

  /// The elements as they lie in the file, big-endian. Not a copy: do not write to it.
  public byte[] bytes() {
    return bytes;
  }

  /// Reads an IDX file, plain or packed by gzip.
  ///
  /// @throws DataException if it cannot be read, is not an IDX file, is cut short, has bytes to
  ///   spare, or declares more than it can hold or 2 GiB
  public static Idx read(Path file) {
    try (var in = Files.newInputStream(file)) {
      return read(in, Files.size(file), file.toString());
    } catch (IOException e) {
      throw DataException.unreadable(file.toString(), e);
    }
  }

  /// @param size of what `in` holds, packed or not
  static Idx read(InputStream in, long size, String name) throws IOException {
    var buffered = new BufferedInputStream(in, 1 << 16);
    buffered.mark(2);
    boolean packed = buffered.read() == 0x1F && buffered.read() == 0x8B;
    buffered.reset();
    if (!packed) {
      return new Reader(buffered, name, size, false).read();
    }
    try (var unpacked = new GZIPInputStream(buffered, 1 << 16)) {
      return new Reader(unpacked, name, size, true).read();
    } catch (EOFException e) {
      throw new DataException(name + " is cut short: it ends within the header of gzip", e);
    } catch (ZipException e) {
      throw new DataException(name + " is damaged: " + e.getMessage(), e);
    }
  }

  /// One reading of one file; knows how far it came.
  private static final class Reader {
    private final InputStream in;
    private final String name;
    private final long size;
    private final boolean packed;
    private String total = "at least 4";
    private long arrived;

    Reader(InputStream in, String name, long size, boolean packed) {
      this.in = in;
      this.name = name;
      this.size = size;
      this.packed = packed;
    }

    Idx read() throws IOException {
      var magic = take(4);
      var type = Type.of(magic[2]);
      if (magic[0] != 0 || magic[1] != 0 || type == null || magic[3] < 1 || magic[3] > MAX_AXES) {
        throw new DataException(
            "%s is not an IDX file: it starts with the bytes %s, not with 00 00, a type (08 to 0e) and 1 to %d axes"
                .formatted(name, HexFormat.ofDelimiter(" ").formatHex(magic), MAX_AXES));
      }
      int axes = magic[3];
      int headerBytes = 4 + 4 * axes;
      total = "at least " + headerBytes;
      var header = ByteBuffer.wrap(take(4 * axes));
      var dims = new Integer[axes];
      long elements = 1;
      for (int axis = 0; axis < axes; axis++) {
        dims[axis] = header.getInt();
        if (dims[axis] <= 0) {
          throw new DataException(
              "%s has an impossible header: axis %d of %d has length %d"
                  .formatted(name, axis + 1, axes, dims[axis] & 0xFFFFFFFFL));
        }
        // Saturates far above what is allowed instead of overflowing.
        elements = Math.min(elements, 1L << 31) * dims[axis];
      }
      long bytes = Math.min(elements, 1L << 40) * type.bytes;
      var declared = Arrays.stream(dims).map(String::valueOf).collect(Collectors.joining("×"));
      long room = packed ? MAX_DEFLATE * size : size - headerBytes;
      if (bytes > room) {
        throw new DataException(
            "%s is cut short, or its header is wrong: it declares %s elements, more than a file of %d bytes can hold"
                .formatted(name, declared, size));
      }
      if (bytes > Integer.MAX_VALUE - 8) {
        throw new DataException(
            "%s declares %s elements, more than the 2 GiB that can be read"
                .formatted(name, declared));
      }
      total = String.valueOf(headerBytes + bytes);
      var elementsRead = take((int) bytes);
      if (atEnd()) {
        return new Idx(type, List.of(dims), elementsRead);
      }
      throw new DataException(
          "%s has more bytes than the %s elements that its header declares"
              .formatted(name, declared));
    }

    /// Exactly `n` bytes, in a buffer that grows only as they arrive.
    private byte[] take(int n) throws IOException {
      var buffer = new byte[Math.min(n, FIRST_BUFFER)];
      for (int have = 0; have < n; ) {
        if (have == buffer.length) {
          buffer = Arrays.copyOf(buffer, (int) Math.min(n, 4L * have));
        }
        int got = some(buffer, have);
        if (got < 0) {
          throw cutShort(null);
        }
        have += got;
        arrived += got;
      }
      return buffer;
    }

    private int some(byte[] buffer, int from) throws IOException {
      try {
        return in.read(buffer, from, buffer.length - from);
      } catch (EOFException e) {
        throw cutShort(e);
      } catch (ZipException e) {
        throw new DataException(
            "%s is damaged: after %d of %s bytes, %s"
                .formatted(name, arrived, total, e.getMessage()),
            e);
      }
    }

    private boolean atEnd() throws IOException {
      return some(new byte[1], 0) < 0;
    }

    private DataException cutShort(@Nullable EOFException cause) {
      return new DataException(
          "%s is cut short: %d of %s bytes came out of it; fetch it again"
              .formatted(name, arrived, total),
          cause);
    }
  }
}
