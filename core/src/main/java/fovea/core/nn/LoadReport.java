package fovea.core.nn;

import java.util.ArrayList;
import java.util.List;

/// What came of loading weights by name.
///
/// @param loaded names that fitted
/// @param missing names of the model that the weights lack
/// @param unexpected names among the weights that the model lacks
/// @param mismatched a sentence for each tensor of another shape
public record LoadReport(
    List<String> loaded, List<String> missing, List<String> unexpected, List<String> mismatched) {
  private static final int SHOWN = 4;

  /// Whether every tensor of the model was loaded and none was left over.
  public boolean isComplete() {
    return missing.isEmpty() && unexpected.isEmpty() && mismatched.isEmpty();
  }

  /// What did not fit, in one sentence; empty where all did.
  public String problems() {
    var parts = new ArrayList<String>();
    add(parts, "missing: ", missing);
    add(parts, "unexpected: ", unexpected);
    add(parts, "of another shape: ", mismatched);
    return String.join("; ", parts);
  }

  private static void add(List<String> parts, String what, List<String> names) {
    if (!names.isEmpty()) {
      var rest = names.size() - SHOWN;
      parts.add(
          what
              + String.join(", ", names.subList(0, Math.min(SHOWN, names.size())))
              + (rest > 0 ? " and " + rest + " more" : ""));
    }
  }
}
