package fovea.vision.data;

import fovea.vision.image.Images;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.zip.CRC32;

/// Files in a folder; links are followed.
record FolderTree(Path root) implements FileTree {

  /// Deeper than any person sorts images, and where a link to a folder above ends.
  private static final int MAX_DEPTH = 32;

  private static final long MAX_FILE = 256L << 20;

  @Override
  public String name() {
    return root.toString();
  }

  @Override
  public List<Child> list(String folder) {
    var path = root.resolve(folder);
    if (folder.chars().filter(c -> c == '/').count() > MAX_DEPTH) {
      throw new DataException(path + " lies too deep; does a link lead back to a folder above?");
    }
    try (var children = Files.list(path)) {
      return children
          .filter(child -> !FileTree.isClutter(String.valueOf(child.getFileName())))
          .map(child -> new Child(String.valueOf(child.getFileName()), Files.isDirectory(child)))
          .sorted(Comparator.comparing(Child::name))
          .toList();
    } catch (IOException e) {
      throw DataException.unreadable(path.toString(), e);
    } catch (UncheckedIOException e) {
      throw DataException.unreadable(path.toString(), new IOException(e.getMessage(), e));
    }
  }

  @Override
  public String describe(String path) {
    return root.resolve(path).toString();
  }

  @Override
  public byte[] start(String path) {
    var file = root.resolve(path);
    if (!Files.isRegularFile(file)) {
      throw new DataException(file + " is not a regular file"); // a pipe would never end
    }
    try (var in = Files.newInputStream(file)) {
      return in.readNBytes(Images.START);
    } catch (IOException e) {
      throw DataException.unreadable(file.toString(), e);
    }
  }

  @Override
  public boolean has(String path) {
    return Files.isRegularFile(root.resolve(path));
  }

  @Override
  public InputStream open(String path) {
    try {
      return Files.newInputStream(root.resolve(path));
    } catch (IOException e) {
      throw DataException.unreadable(describe(path), e);
    }
  }

  @Override
  public byte[] read(String path) {
    var file = root.resolve(path);
    try {
      if (Files.size(file) > MAX_FILE) {
        throw new DataException(file + " is larger than 256 MiB, which no image here may be");
      }
      return Files.readAllBytes(file);
    } catch (IOException e) {
      throw DataException.unreadable(file.toString(), e);
    }
  }

  @Override
  public Print print(String path) {
    var crc = new CRC32();
    var buffer = new byte[1 << 16];
    long size = 0;
    try (var in = open(path)) {
      for (int n; (n = in.read(buffer)) >= 0; size += n) {
        crc.update(buffer, 0, n);
      }
    } catch (IOException e) {
      throw DataException.unreadable(describe(path), e);
    }
    return new Print(size, crc.getValue());
  }
}
