package fovea.vision.data;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;

/// Files under one root, in a folder or in a zip file, by their paths from there
/// (`"train/cat/1.png"`). For several threads at once.
interface FileTree {

  /// A file or folder within a folder.
  record Child(String name, boolean folder) {}

  /// The size and CRC-32 of a file: what its contents are told apart by.
  record Print(long size, long crc) {}

  /// What people call the root.
  String name();

  /// What a folder holds, sorted by name (by character codes, so that every machine agrees),
  /// without the clutter that systems leave.
  ///
  /// @param folder a path; `""` is the root
  List<Child> list(String folder);

  /// What messages call a file.
  String describe(String path);

  /// The first [fovea.vision.image.Images#START] bytes, or all there are.
  byte[] start(String path);

  /// Whether there is a file at a path.
  boolean has(String path);

  /// A file from its beginning, of any size.
  InputStream open(String path);

  /// The text of a small file, in UTF-8.
  ///
  /// @throws DataException if it is larger than a mebibyte
  default String text(String path) {
    try (var in = open(path)) {
      var bytes = in.readNBytes(1 << 20);
      if (in.read() >= 0) {
        throw new DataException(describe(path) + " is larger than 1 MiB, which no such file is");
      }
      var text = new String(bytes, StandardCharsets.UTF_8);
      return text.startsWith("\uFEFF") ? text.substring(1) : text;
    } catch (IOException e) {
      throw DataException.unreadable(describe(path), e);
    }
  }

  /// The files in a folder, sorted by name, by their paths.
  default List<String> files(String folder) {
    return list(folder).stream()
        .filter(child -> !child.folder())
        .map(child -> join(folder, child.name()))
        .toList();
  }

  /// The folders in a folder, by name.
  default List<String> folders(String folder) {
    return list(folder).stream().filter(Child::folder).map(Child::name).toList();
  }

  /// All bytes, checked against whatever the root knows about them.
  byte[] read(String path);

  Print print(String path);

  /// Whether a file or folder of this name was put there by a system and not by a person.
  static boolean isClutter(String name) {
    return name.startsWith(".")
        || name.equals("__MACOSX")
        || name.equals("@eaDir")
        || name.equals("Icon\r")
        || name.equalsIgnoreCase("Thumbs.db")
        || name.equalsIgnoreCase("desktop.ini");
  }

  /// The last part of a path.
  static String fileName(String path) {
    return path.substring(path.lastIndexOf('/') + 1);
  }

  /// The last part of a path without its ending: `"1"` of `"train/cat/1.png"`.
  static String stem(String path) {
    var name = fileName(path);
    int dot = name.lastIndexOf('.');
    return dot <= 0 ? name : name.substring(0, dot);
  }

  /// Whether a path that a file names leads nowhere but down.
  static boolean isPlain(String path) {
    return !path.isEmpty()
        && !path.startsWith("/")
        && !path.contains("\\")
        && path.indexOf('\0') < 0
        && !path.matches("[A-Za-z]:.*")
        && !List.of(path.split("/")).contains("..");
  }

  static String join(String folder, String name) {
    return folder.isEmpty() ? name : folder + "/" + name;
  }
}
