package fovea.core;

import java.util.Collection;
import java.util.Comparator;
import java.util.List;

/// A name that nothing answers to; the message offers the nearest known ones.
public final class UnknownNameException extends FoveaException {
  private static final long serialVersionUID = 1;

  /// For a name that was looked up.
  ///
  /// @param kind what was looked for, in the singular: `"model"`, `"dataset"`
  /// @param name what was asked for
  /// @param known every name that would have worked
  public UnknownNameException(String kind, String name, Collection<String> known) {
    super(message(kind, name, known));
  }

  private static String message(String kind, String name, Collection<String> known) {
    var near = nearest(name, known);
    var hint =
        near.isEmpty()
            ? "known: " + String.join(", ", known)
            : "did you mean " + String.join(" or ", near) + "?";
    return "no %s is called \"%s\"; %s".formatted(kind, name, hint);
  }

  /// The known names that a slip of the fingers could have turned into `name`, nearest first, at
  /// most three.
  static List<String> nearest(String name, Collection<String> known) {
    record Near(String name, int distance) {}
    var limit = Math.max(2, name.length() / 3);
    return known.stream()
        .map(k -> new Near(k, k.startsWith(name) && !name.isEmpty() ? 1 : distance(name, k)))
        .filter(n -> n.distance <= limit)
        .sorted(Comparator.comparingInt(Near::distance).thenComparing(Near::name))
        .limit(3)
        .map(Near::name)
        .toList();
  }

  /// Edit distance where swapping two neighbours counts once (Damerau 1964, restricted form).
  private static int distance(String a, String b) {
    var d = new int[a.length() + 1][b.length() + 1];
    for (int i = 0; i <= a.length(); i++) {
      d[i][0] = i;
    }
    for (int j = 0; j <= b.length(); j++) {
      d[0][j] = j;
    }
    for (int i = 1; i <= a.length(); i++) {
      for (int j = 1; j <= b.length(); j++) {
        int change =
            Character.toLowerCase(a.charAt(i - 1)) == Character.toLowerCase(b.charAt(j - 1))
                ? 0
                : 1;
        d[i][j] = Math.min(Math.min(d[i - 1][j], d[i][j - 1]) + 1, d[i - 1][j - 1] + change);
        if (i > 1
            && j > 1
            && a.charAt(i - 1) == b.charAt(j - 2)
            && a.charAt(i - 2) == b.charAt(j - 1)) {
          d[i][j] = Math.min(d[i][j], d[i - 2][j - 2] + 1);
        }
      }
    }
    return d[a.length()][b.length()];
  }
}
