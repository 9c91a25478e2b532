package fovea.vision.data;

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

  static String join(String folder, String name) {
    return folder.isEmpty() ? name : folder + "/" + name;
  }
}
