package fovea.core.tensor;

import fovea.core.FoveaException;
import java.util.Locale;

/// A [ConvolutionMatrix] as an SVG document: the filters on the left, the matrix on the right.
final class ConvolutionMatrixSvg {
  private static final int MOST = 400;
  private static final int MARGIN = 24;

  /// Up to so many columns, numbers stand in the cells.
  private static final int READABLE = 64;

  private static final String STYLE =
      """
      .fovea-matrix{font-family:system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif}
      .fovea-matrix .paper{fill:#fff}
      .fovea-matrix .none{fill:#f1f3f6}
      .fovea-matrix .number{font-size:11px;fill:#17202c;text-anchor:middle}
      .fovea-matrix .word{font-size:12px;fill:#5d6a7b}
      .fovea-matrix .line{stroke:#7d8c9f;stroke-width:1}
      @media (prefers-color-scheme:dark){
      .fovea-matrix .paper{fill:#11151b}
      .fovea-matrix .none{fill:#1b222c}
      .fovea-matrix .word{fill:#98a6b8}
      .fovea-matrix .line{stroke:#7b8aa0}
      }
      """;

  private final ConvolutionMatrix matrix;
  private final int cell;
  private final StringBuilder out = new StringBuilder();

  private ConvolutionMatrixSvg(ConvolutionMatrix matrix) {
    this.matrix = matrix;
    this.cell = Math.max(matrix.rows(), matrix.columns()) <= READABLE ? 26 : 8;
  }

  static String of(ConvolutionMatrix matrix) {
    if (matrix.rows() > MOST || matrix.columns() > MOST) {
      throw new FoveaException(
          "the matrix is %d × %d, more than the %d that a picture can show"
              .formatted(matrix.rows(), matrix.columns(), MOST));
    }
    return new ConvolutionMatrixSvg(matrix).draw();
  }

  private String draw() {
    var filter = matrix.filter();
    int filterWidth = filter.size(1) * (filter.size(3) * cell + cell / 2);
    int filterHeight = filter.size(0) * (filter.size(2) * cell + cell / 2);
    int left = MARGIN + filterWidth + 2 * MARGIN;
    int top = MARGIN + 24;
    int matrixWidth = matrix.columns() * cell;
    int matrixHeight = matrix.rows() * cell;
    int width = left + Math.max(matrixWidth, 240) + MARGIN;
    int height = top + Math.max(filterHeight, matrixHeight) + MARGIN;
    out.append(
        """
        <svg xmlns="http://www.w3.org/2000/svg" class="fovea-matrix" viewBox="0 0 %1$d %2$d" \
        width="%1$d" height="%2$d" role="img" aria-label="a convolution as a matrix">
        <style>
        %3$s</style>
        <rect class="paper" width="100%%" height="100%%"/>
        """
            .formatted(width, height, STYLE));
    word(MARGIN, top - 10, "weights");
    word(
        left,
        top - 10,
        "%d outputs × %d inputs, %d of %d places have a weight"
            .formatted(
                matrix.rows(),
                matrix.columns(),
                matrix.weightsPlaced(),
                matrix.rows() * matrix.columns()));
    for (int i = 0; i < matrix.weights(); i++) {
      int v = i % filter.size(3);
      int u = i / filter.size(3) % filter.size(2);
      int c = i / filter.size(3) / filter.size(2) % filter.size(1);
      int k = i / filter.size(3) / filter.size(2) / filter.size(1);
      int x = MARGIN + c * (filter.size(3) * cell + cell / 2) + v * cell;
      int y = top + k * (filter.size(2) * cell + cell / 2) + u * cell;
      cell(x, y, i);
    }
    for (int r = 0; r < matrix.rows(); r++) {
      for (int c = 0; c < matrix.columns(); c++) {
        cell(left + c * cell, top + r * cell, matrix.weightAt(r, c));
      }
    }
    for (int c = 0; c <= matrix.columns(); c += matrix.in().size(2)) {
      line(left + c * cell, top, left + c * cell, top + matrixHeight);
    }
    for (int r = 0; r <= matrix.rows(); r += matrix.out().size(2)) {
      line(left, top + r * cell, left + matrixWidth, top + r * cell);
    }
    return out.append("</svg>\n").toString();
  }

  private void cell(int x, int y, int weight) {
    var place = "x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\"".formatted(x, y, cell - 1, cell - 1);
    if (weight < 0) {
      out.append("<rect class=\"none\" ").append(place).append("/>\n");
      return;
    }
    // Around the circle of colours; light enough for dark text.
    double hue = 360.0 * weight / matrix.weights();
    out.append(String.format(Locale.ROOT, "<rect %s fill=\"hsl(%.0f 75%% 78%%)\"/>\n", place, hue));
    if (cell > 12) {
      out.append(
          "<text class=\"number\" x=\"%d\" y=\"%d\">%s</text>\n"
              .formatted(x + cell / 2, y + cell / 2 + 4, matrix.weight(weight)));
    }
  }

  private void word(int x, int y, String text) {
    out.append("<text class=\"word\" x=\"%d\" y=\"%d\">%s</text>\n".formatted(x, y, text));
  }

  private void line(int x1, int y1, int x2, int y2) {
    out.append(
        "<line class=\"line\" x1=\"%d\" y1=\"%d\" x2=\"%d\" y2=\"%d\"/>\n"
            .formatted(x1, y1, x2, y2));
  }
}
