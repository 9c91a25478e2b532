package fovea.vision.data;

import fovea.vision.image.Images;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipException;
import java.util.zip.ZipFile;

/// Files in a zip file, read where they lie; nothing is unpacked to disk. The file stays open as
/// long as any data set uses it: the platform closes it when the last one is forgotten.
final class ZipTree implements FileTree {
  private static final long MAX_FILE = 256L << 20;

  /// Images are compressed already; what shrinks a hundredfold is a bomb.
  private static final long MAX_RATIO = 100;

  private static final long RATIO_MATTERS_FROM = 1 << 20;

  private final Path file;
  private final ZipFile zip;
  private final Map<String, ZipEntry> files = new HashMap<>();

  /// The children of each folder; true for those that are folders.
  private final Map<String, TreeMap<String, Boolean>> folders = new HashMap<>();

  /// @throws DataException if the file cannot be read, is cut short, or holds an entry that no
  ///   honest archive of images holds
  ZipTree(Path file) {
    this.file = file;
    try {
      zip = new ZipFile(file.toFile());
    } catch (ZipException e) {
      throw new DataException(
          "%s is damaged or cut short: %s; fetch it again".formatted(file, e.getMessage()), e);
    } catch (IOException e) {
      throw DataException.unreadable(file.toString(), e);
    } catch (RuntimeException e) {
      // Some damaged directories make the platform stumble.
      throw new DataException(file + " is damaged: " + e.getMessage(), e);
    }
    try {
      folders.put("", new TreeMap<>());
      zip.stream().forEach(this::add);
    } catch (DataException e) {
      close(e);
      throw e;
    } catch (RuntimeException e) {
      close(e);
      throw new DataException(file + " is damaged: " + e.getMessage(), e);
    }
  }

  /// Gives back a file that nobody will read.
  void close(RuntimeException reason) {
    try {
      zip.close();
    } catch (IOException e) {
      reason.addSuppressed(e);
    }
  }

  private void add(ZipEntry entry) {
    var name = entry.getName();
    var path = entry.isDirectory() ? name.substring(0, name.length() - 1) : name;
    var parts = path.split("/", -1);
    for (var part : parts) {
      if (part.isEmpty() || part.equals(".") || part.equals("..") || part.contains("\\")) {
        throw refused(name, "its name leads out of the archive or is no plain path");
      }
    }
    if (parts[0].matches("[A-Za-z]:.*")) {
      throw refused(name, "its name leads out of the archive or is no plain path");
    }
    if (Arrays.stream(parts).anyMatch(FileTree::isClutter)) {
      return;
    }
    if (!entry.isDirectory()) {
      checkSize(entry);
      if (files.put(path, entry) != null) {
        throw refused(name, "it is there twice");
      }
    }
    var folder = "";
    for (int i = 0; i < parts.length; i++) {
      boolean isFolder = i < parts.length - 1 || entry.isDirectory();
      var children = folders.computeIfAbsent(folder, f -> new TreeMap<>());
      var before = children.put(parts[i], isFolder);
      if (before != null && before != isFolder) {
        throw refused(name, "it is both a file and a folder");
      }
      folder = FileTree.join(folder, parts[i]);
    }
    if (entry.isDirectory()) {
      folders.computeIfAbsent(path, f -> new TreeMap<>());
    }
  }

  private void checkSize(ZipEntry entry) {
    long size = entry.getSize();
    long packed = Math.max(entry.getCompressedSize(), 1);
    if (size < 0 || size > MAX_FILE) {
      throw refused(
          entry.getName(),
          "it unpacks to " + Long.toUnsignedString(size) + " bytes, more than the 256 MiB allowed");
    }
    if (size > RATIO_MATTERS_FROM && size / packed > MAX_RATIO) {
      throw refused(
          entry.getName(),
          "it unpacks from %d to %d bytes, which no image does".formatted(packed, size));
    }
  }

  private DataException refused(String entry, String why) {
    return new DataException("%s: entry \"%s\" is refused: %s".formatted(file, entry, why));
  }

  @Override
  public String name() {
    return file.toString();
  }

  @Override
  public List<Child> list(String folder) {
    var children = new ArrayList<Child>();
    folders.getOrDefault(folder, new TreeMap<>()).forEach((n, f) -> children.add(new Child(n, f)));
    return children;
  }

  @Override
  public String describe(String path) {
    return file + ": " + path;
  }

  @Override
  public byte[] start(String path) {
    return take(path, Images.START);
  }

  @Override
  public boolean has(String path) {
    return files.containsKey(path);
  }

  /// No further than the archive says.
  @Override
  public InputStream open(String path) {
    try {
      return zip.getInputStream(entry(path));
    } catch (IOException e) {
      throw DataException.unreadable(describe(path), e);
    }
  }

  @Override
  public byte[] read(String path) {
    var entry = entry(path);
    // One more than declared, to see a lie without following it.
    var bytes = take(path, (int) entry.getSize() + 1);
    var crc = new CRC32();
    crc.update(bytes);
    if (bytes.length != entry.getSize() || crc.getValue() != entry.getCrc()) {
      throw new DataException(
          "%s is damaged: it does not unpack to the bytes that the archive declares"
              .formatted(describe(path)));
    }
    return bytes;
  }

  /// What the archive's directory says; nothing is unpacked.
  @Override
  public Print print(String path) {
    var entry = entry(path);
    return new Print(entry.getSize(), entry.getCrc());
  }

  private ZipEntry entry(String path) {
    var entry = files.get(path);
    if (entry == null) {
      throw new IllegalArgumentException("no file " + path + " in " + file);
    }
    return entry;
  }

  private byte[] take(String path, int n) {
    try (var in = zip.getInputStream(entry(path))) {
      return in.readNBytes(n);
    } catch (IOException e) {
      throw DataException.unreadable(describe(path), e);
    }
  }
}
