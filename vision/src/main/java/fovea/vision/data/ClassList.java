package fovea.vision.data;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// A file that names the classes of label images, a line each, in the order of their numbers: a
/// name, perhaps with its colour before or behind it as three numbers from 0 to 255, by commas,
/// spaces or tabs. A line of heads (`name,r,g,b`) is passed over, as are empty ones.
///
/// @param colours as 0xRRGGBB; empty where the file has none
record ClassList(List<String> names, List<Integer> colours) {
  /// What people call such a file.
  private static final List<String> FILES =
      List.of(
          "classes.txt",
          "class_dict.csv",
          "label_colors.txt",
          "labelmap.txt",
          "labels.txt",
          "codes.txt",
          "class_names.txt");

  private static final Pattern NUMBER = Pattern.compile("\\d{1,3}");

  /// The list of the files in a folder; null if there is none.
  static @Nullable ClassList find(FileTree tree, String folder) {
    for (var file : FILES) {
      var path = FileTree.join(folder, file);
      if (tree.has(path)) {
        return read(tree, path);
      }
    }
    return null;
  }

  static boolean isOne(String path) {
    return FILES.contains(FileTree.fileName(path));
  }

  private static ClassList read(FileTree tree, String path) {
    var names = new ArrayList<String>();
    var colours = new ArrayList<Integer>();
    var lines = tree.text(path).lines().toList();
    for (int i = 0; i < lines.size(); i++) {
      var line = lines.get(i).strip();
      if (line.isEmpty() || line.startsWith("#") || line.matches("(?i)name\\s*,\\s*r\\s*,.*")) {
        continue;
      }
      var words = List.of(line.split("[\\s,:]+"));
      int n = words.size();
      if (n > 3 && areNumbers(words.subList(n - 3, n))) {
        colours.add(colour(tree, path, i, words.subList(n - 3, n)));
        names.add(String.join(" ", words.subList(0, n - 3)));
      } else if (n > 3 && areNumbers(words.subList(0, 3))) {
        colours.add(colour(tree, path, i, words.subList(0, 3)));
        names.add(String.join(" ", words.subList(3, n)));
      } else {
        names.add(line);
      }
    }
    if (names.isEmpty() || (!colours.isEmpty() && colours.size() != names.size())) {
      throw new DataException(
          "%s names %d classes and %d colours; it needs a line for each class, a name and perhaps three numbers from 0 to 255"
              .formatted(tree.describe(path), names.size(), colours.size()));
    }
    if (names.size() > 255) {
      throw new DataException(
          "%s names %d classes; 255 are the most that label images may have here"
              .formatted(tree.describe(path), names.size()));
    }
    return new ClassList(List.copyOf(names), List.copyOf(colours));
  }

  private static boolean areNumbers(List<String> words) {
    return words.stream().allMatch(w -> NUMBER.matcher(w).matches());
  }

  private static int colour(FileTree tree, String path, int line, List<String> words) {
    int colour = 0;
    for (var word : words) {
      int value = Integer.parseInt(word);
      if (value > 255) {
        throw new DataException(
            "%s, line %d: a colour has three numbers from 0 to 255, not %d"
                .formatted(tree.describe(path), line + 1, value));
      }
      colour = colour << 8 | value;
    }
    return colour;
  }

  /// The class of each colour.
  Map<Integer, Integer> byColour() {
    var classes = new HashMap<Integer, Integer>();
    for (int i = 0; i < colours.size(); i++) {
      classes.putIfAbsent(colours.get(i), i);
    }
    return classes;
  }
}
