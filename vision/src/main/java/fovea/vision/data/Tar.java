package fovea.vision.data;

import java.io.EOFException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.zip.GZIPInputStream;

/// Unpacks archives of plain files (POSIX.1-1988 ustar) packed by gzip.
final class Tar {
  private static final int BLOCK = 512;
  private static final long MAX_FILE = 1L << 30;

  private Tar() {}

  /// Puts the regular files of an archive into a folder, by their names alone: none leads out of
  /// it.
  static void unpack(Path archive, Path folder) throws IOException {
    try (var in = new GZIPInputStream(Files.newInputStream(archive), 1 << 16)) {
      while (true) {
        var header = in.readNBytes(BLOCK);
        if (header.length < BLOCK || header[0] == 0) {
          return;
        }
        var path = text(header, 0, 100);
        long size = size(text(header, 124, 12).strip(), archive);
        byte kind = header[156];
        var name = FileTree.fileName(path);
        long left = size;
        if ((kind == '0' || kind == 0) && FileTree.isPlain(name) && !FileTree.isClutter(name)) {
          try (var out = Files.newOutputStream(folder.resolve(name))) {
            while (left > 0) {
              var bytes = in.readNBytes((int) Math.min(left, 1 << 16));
              if (bytes.length == 0) {
                throw new EOFException(archive + " is cut short");
              }
              out.write(bytes);
              left -= bytes.length;
            }
          }
        }
        in.skipNBytes(left + (BLOCK - size % BLOCK) % BLOCK);
      }
    }
  }

  private static String text(byte[] header, int from, int length) {
    int end = from;
    while (end < from + length && header[end] != 0) {
      end++;
    }
    return new String(header, from, end - from, StandardCharsets.UTF_8);
  }

  private static long size(String octal, Path archive) throws IOException {
    if (!octal.matches("[0-7]{1,11}") || Long.parseLong(octal, 8) > MAX_FILE) {
      throw new IOException(archive + " is no plain archive: an entry has the size " + octal);
    }
    return Long.parseLong(octal, 8);
  }
}
