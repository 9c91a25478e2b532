package fovea.core.io;

import fovea.core.io.Safetensors.Contents;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/// Files in memory, well-formed and otherwise.
final class Bytes {
  static final String NAME = "dir/test.safetensors";

  private Bytes() {}

  /// A file with this header and this tensor data.
  static byte[] file(String header, byte... data) {
    return file(header.getBytes(StandardCharsets.UTF_8), data);
  }

  static byte[] file(byte[] header, byte... data) {
    return ByteBuffer.allocate(8 + header.length + data.length)
        .order(ByteOrder.LITTLE_ENDIAN)
        .putLong(header.length)
        .put(header)
        .put(data)
        .array();
  }

  static Contents read(byte[] file) {
    return read(file, file.length);
  }

  /// Reads what had `size` bytes when it was opened.
  static Contents read(byte[] file, long size) {
    try {
      return Safetensors.read(new ByteArrayInputStream(file), size, NAME);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
