package fovea.vision.report;

import fovea.core.FoveaException;
import fovea.vision.data.Dataset;
import fovea.vision.run.Evaluation;
import fovea.vision.run.Evaluation.Mistake;
import java.util.stream.Collectors;

/// The mistakes that the model was surest of, as pictures.
final class Mistakes {
  /// The longest side of a picture, twice what is shown, for fine screens.
  private static final int SIDE = 192;

  private Mistakes() {}

  static String html(Evaluation test, Dataset data) {
    var worst = test.worst();
    if (worst.isEmpty()) {
      return Html.section(
          "mistakes",
          "Worst mistakes",
          "<p>There are none: every test image was recognised.</p>\n");
    }
    return Html.section(
        "mistakes",
        "Worst mistakes",
        """
        <p>Of all test images, those whose true class the model thought least likely.</p>
        <div class="mistakes">
        %s</div>
        """
            .formatted(worst.stream().map(m -> figure(m, data)).collect(Collectors.joining())));
  }

  private static String figure(Mistake mistake, Dataset data) {
    var truth = Html.escape(data.classes().get(mistake.truth()));
    var predicted = Html.escape(data.classes().get(mistake.predicted()));
    var source = Html.escape(data.source(mistake.index()));
    return """
    <figure>%s<figcaption><span class="verdict"><b title="%s">%s</b> → <b class="wrong" title="%s">%s</b></span>
    <span class="sure">%s sure</span><span class="source" title="%s">%s</span></figcaption></figure>
    """
        .formatted(
            picture(mistake, data, truth, predicted),
            truth,
            truth,
            predicted,
            predicted,
            Words.percent(mistake.confidence(), 1),
            source,
            source);
  }

  private static String picture(Mistake mistake, Dataset data, String truth, String predicted) {
    try {
      var alt = "%s, taken for %s".formatted(truth, predicted);
      return Pictures.html(data.image(mistake.index()), SIDE, alt);
    } catch (FoveaException e) {
      // A file may have gone since it was judged. That is no reason to lose the report.
      return "<p class=\"gone\">%s</p>".formatted(Html.escape(String.valueOf(e.getMessage())));
    }
  }
}
