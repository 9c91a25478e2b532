package fovea.core.tensor;

import fovea.core.FoveaException;
import fovea.core.array.Shape;
import fovea.core.array.ShapeException;
import fovea.core.kernel.Window;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/// A convolution as the matrix that it is: images as vectors, each output a row, each input a
/// column, and in most places zero (Dumoulin & Visin 2016, section 4.1). 4×4 pixels under a 3×3
/// filter give 4 rows and 16 columns. Transposed, it is the transposed convolution, and the way
/// that gradients go back.
///
/// ```java
/// var matrix = ConvolutionMatrix.of(weight, Window.of(3), 1, 4, 4);
/// matrix.multiply(x);                 // Convolution.conv2d(x, weight, null, Window.of(3))
/// matrix.transpose().multiply(y);     // Convolution.convTranspose2d(y, weight, …)
/// IO.println(matrix.toText());
/// ```
///
/// For small convolutions, to look at; it is not how they are computed.
public final class ConvolutionMatrix {
  /// Larger ones are not for looking at.
  private static final int MOST_ENTRIES = 1 << 22;

  /// A place that is not zero for sure.
  ///
  /// @param weight which of the filters' weights stands there, in row-major order
  private record Entry(int column, int weight) {}

  private final Shape in;
  private final Shape out;
  private final Shape filter;
  private final double[] weights;
  private final List<List<Entry>> rows;

  private ConvolutionMatrix(
      Shape in, Shape out, Shape filter, double[] weights, List<List<Entry>> rows) {
    this.in = in;
    this.out = out;
    this.filter = filter;
    this.weights = weights;
    this.rows = rows;
  }

  /// The matrix of `conv2d`.
  ///
  /// @param w `[K, C/groups, KH, KW]`
  /// @param window its padding are zeros, which need no columns
  /// @param height of the images, width likewise
  /// @throws ShapeException when window, weight and groups do not fit
  /// @throws FoveaException when it would have more than four million places
  public static ConvolutionMatrix of(Tensor w, Window window, int groups, int height, int width) {
    var filter = w.shape();
    Convolution.checkWeight("convolutionMatrix", 2, filter, window, groups);
    int channels = filter.size(1) * groups;
    var in = Shape.of(channels, height, width);
    Spatial.checkFits("convolutionMatrix", in.insert(0, 1), window);
    var out = Shape.of(filter.size(0), window.outHeight(height), window.outWidth(width));
    if (in.elements() * out.elements() > MOST_ENTRIES) {
      throw new FoveaException(
          "the matrix of this convolution has %d × %d places; it is meant for looking at small ones"
              .formatted(out.elements(), in.elements()));
    }
    int filters = filter.size(0) / groups;
    var rows = new ArrayList<List<Entry>>();
    for (int k = 0; k < out.size(0); k++) {
      for (int i = 0; i < out.size(1); i++) {
        for (int j = 0; j < out.size(2); j++) {
          var row = new ArrayList<Entry>();
          for (int c = 0; c < filter.size(1); c++) {
            for (int u = 0; u < window.height(); u++) {
              for (int v = 0; v < window.width(); v++) {
                int y = i * window.strideH() - window.padTop() + u * window.dilationH();
                int x = j * window.strideW() - window.padLeft() + v * window.dilationW();
                if (y >= 0 && y < height && x >= 0 && x < width) {
                  int channel = k / filters * filter.size(1) + c;
                  int tap = ((k * filter.size(1) + c) * window.height() + u) * window.width() + v;
                  row.add(new Entry((channel * height + y) * width + x, tap));
                }
              }
            }
          }
          rows.add(List.copyOf(row));
        }
      }
    }
    return new ConvolutionMatrix(in, out, filter, w.toDoubles(), List.copyOf(rows));
  }

  /// Outputs: K·OH·OW.
  public int rows() {
    return rows.size();
  }

  /// Inputs: C·H·W.
  public int columns() {
    return Math.toIntExact(in.elements());
  }

  /// Places where a weight stands.
  public int weightsPlaced() {
    return rows.stream().mapToInt(List::size).sum();
  }

  /// The matrix with rows and columns exchanged: that of the transposed convolution.
  public ConvolutionMatrix transpose() {
    var transposed = new ArrayList<List<Entry>>();
    for (int i = 0; i < columns(); i++) {
      transposed.add(new ArrayList<>());
    }
    for (int r = 0; r < rows.size(); r++) {
      for (var e : rows.get(r)) {
        transposed.get(e.column).add(new Entry(r, e.weight));
      }
    }
    return new ConvolutionMatrix(
        out, in, filter, weights, transposed.stream().map(List::copyOf).toList());
  }

  /// The product with each image as a vector; outside of any graph.
  ///
  /// **Shapes**: `x [N, C, H, W]` → `y [N, K, OH, OW]`; the other way round where transposed
  public Tensor multiply(Tensor x) {
    if (x.shape().rank() != 4 || !x.shape().without(0).equals(in)) {
      throw new ShapeException(
          "convolutionMatrix", "input %s is not [N, %s".formatted(x.shape(), text(in)));
    }
    var values = x.toDoubles();
    int n = x.shape().size(0);
    var products = new double[Math.multiplyExact(n, rows())];
    for (int i = 0; i < products.length; i++) {
      int image = i / rows() * columns();
      for (var e : rows.get(i % rows())) {
        products[i] += weights[e.weight] * values[image + e.column];
      }
    }
    return Tensor.of(products, out.insert(0, n)).to(x.dtype());
  }

  private static String text(Shape shape) {
    return shape.toString().substring(1);
  }

  /// With all its zeros, float64 `[rows, columns]`.
  public Tensor toTensor() {
    var all = new double[Math.multiplyExact(rows(), columns())];
    for (int r = 0; r < rows(); r++) {
      for (var e : rows.get(r)) {
        all[r * columns() + e.column] = weights[e.weight];
      }
    }
    return Tensor.of(all, Shape.of(rows(), columns()));
  }

  // ---- to look at

  /// A line for each row; `·` where no weight stands. A gap where a new row of the image begins.
  ///
  /// ```
  /// 1 2 3 ·   4 5 6 ·   7 8 9 ·   · · · ·
  /// · 1 2 3   · 4 5 6   · 7 8 9   · · · ·
  /// ```
  public String toText() {
    var numbers = Arrays.stream(weights).mapToObj(ConvolutionMatrix::number).toList();
    int width = numbers.stream().mapToInt(String::length).max().orElse(1);
    var text = new StringBuilder();
    for (var row : rows) {
      var cells = new String[columns()];
      Arrays.fill(cells, "·");
      row.forEach(e -> cells[e.column] = numbers.get(e.weight));
      var line = new StringBuilder();
      for (int c = 0; c < cells.length; c++) {
        line.append(c == 0 ? "" : c % in.size(2) == 0 ? "   " : " ");
        line.append(" ".repeat(width - cells[c].length())).append(cells[c]);
      }
      text.append(line).append('\n');
    }
    return text.toString();
  }

  private static String number(double value) {
    return value == Math.rint(value) && Math.abs(value) < 1e6
        ? Long.toString((long) value)
        : String.format(Locale.ROOT, "%.2f", value);
  }

  /// A picture as a standalone SVG document, for light and dark screens: a colour for each weight,
  /// so that one sees where it is shared; thicker lines where a new row of the image begins, above
  /// the columns what they are.
  ///
  /// @throws FoveaException when there are more than 400 rows or columns
  public String toSvg() {
    return ConvolutionMatrixSvg.of(this);
  }

  /// [C, H, W].
  Shape in() {
    return in;
  }

  /// [K, OH, OW].
  Shape out() {
    return out;
  }

  Shape filter() {
    return filter;
  }

  /// Which weight stands at a place, or −1 for none.
  int weightAt(int row, int column) {
    return rows.get(row).stream()
        .filter(e -> e.column == column)
        .mapToInt(Entry::weight)
        .findFirst()
        .orElse(-1);
  }

  /// A weight as text.
  String weight(int i) {
    return number(weights[i]);
  }

  int weights() {
    return weights.length;
  }
}
