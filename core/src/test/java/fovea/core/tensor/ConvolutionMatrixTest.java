package fovea.core.tensor;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import fovea.core.FoveaException;
import fovea.core.array.DType;
import fovea.core.array.Rng;
import fovea.core.array.Shape;
import fovea.core.array.ShapeException;
import fovea.core.kernel.Window;
import java.io.StringReader;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.xml.sax.InputSource;

class ConvolutionMatrixTest {

  private static Tensor normal(int... shape) {
    return Tensor.normal(Rng.of(5), 0, 1, Shape.of(shape), DType.F64);
  }

  /// The weights 1 … 9 of a 3×3 filter.
  private static Tensor counting() {
    return Tensor.of(new double[] {1, 2, 3, 4, 5, 6, 7, 8, 9}, Shape.of(1, 1, 3, 3));
  }

  @Test
  void fourByFourUnderThreeByThreeIsFourBySixteen() {
    var matrix = ConvolutionMatrix.of(counting(), Window.of(3), 1, 4, 4);
    assertEquals(4, matrix.rows());
    assertEquals(16, matrix.columns());
    assertEquals(36, matrix.weightsPlaced());
    assertEquals(
        """
        1 2 3 ·   4 5 6 ·   7 8 9 ·   · · · ·
        · 1 2 3   · 4 5 6   · 7 8 9   · · · ·
        · · · ·   1 2 3 ·   4 5 6 ·   7 8 9 ·
        · · · ·   · 1 2 3   · 4 5 6   · 7 8 9
        """,
        matrix.toText());
    assertEquals(
        """
        1 ·   · ·
        2 1   · ·
        3 2   · ·
        · 3   · ·
        4 ·   1 ·
        """,
        String.join("\n", matrix.transpose().toText().lines().limit(5).toList()) + "\n");
  }

  @Test
  void itsProductsAreTheConvolutionAndTheTransposedOne() {
    var window = Window.of(3, 2).stride(2, 1).pad(1, 0, 1, 1).dilation(1, 2);
    for (int groups : new int[] {1, 2}) {
      var w = normal(4, 2, 3, 2);
      var x = normal(3, 2 * groups, 7, 6);
      var matrix = ConvolutionMatrix.of(w, window, groups, 7, 6);
      var y = Convolution.conv2d(x, w, null, window, groups);
      assertEquals(y.shape(), matrix.multiply(x).shape());
      assertArrayEquals(y.toDoubles(), matrix.multiply(x).toDoubles(), 1e-12);
      var back = Convolution.convTranspose2d(y, w, null, window, 0, 0, groups);
      assertEquals(x.shape(), back.shape());
      assertArrayEquals(back.toDoubles(), matrix.transpose().multiply(y).toDoubles(), 1e-12);
      var dense = matrix.toTensor();
      assertArrayEquals(
          y.toDoubles(), x.reshape(3, -1).matmul(dense.transpose(0, 1)).toDoubles(), 1e-12);
      assertArrayEquals(
          dense.transpose(0, 1).toDoubles(), matrix.transpose().toTensor().toDoubles());
    }
  }

  @Test
  void itsPictureIsAWellFormedDocumentWithACellForEachPlace() throws Exception {
    var svg = ConvolutionMatrix.of(counting(), Window.of(3), 1, 4, 4).toSvg();
    var document =
        DocumentBuilderFactory.newInstance()
            .newDocumentBuilder()
            .parse(new InputSource(new StringReader(svg)));
    // The paper, the filter and 4 × 16 places.
    assertEquals(1 + 9 + 64, document.getElementsByTagName("rect").getLength());
    assertTrue(svg.contains("4 outputs × 16 inputs, 36 of 64 places have a weight"), svg);
  }

  @Test
  void whatIsTooLargeOrDoesNotFitIsRefused() {
    var w = counting();
    assertEquals(
        "the matrix of this convolution has 3844 × 4096 places; it is meant for looking at small ones",
        assertThrows(FoveaException.class, () -> ConvolutionMatrix.of(w, Window.of(3), 1, 64, 64))
            .getMessage());
    assertEquals(
        "the matrix is 361 × 441, more than the 400 that a picture can show",
        assertThrows(
                FoveaException.class,
                () -> ConvolutionMatrix.of(w, Window.of(3), 1, 21, 21).toSvg())
            .getMessage());
    var matrix = ConvolutionMatrix.of(w, Window.of(3), 1, 4, 4);
    assertEquals(
        "convolutionMatrix: input [1, 1, 4, 5] is not [N, 1, 4, 4]",
        assertThrows(ShapeException.class, () -> matrix.multiply(Tensor.zeros(1, 1, 4, 5)))
            .getMessage());
    assertEquals(
        "convolutionMatrix: weight [1, 1, 3, 3] has not the window's size 2×2",
        assertThrows(ShapeException.class, () -> ConvolutionMatrix.of(w, Window.of(2), 1, 4, 4))
            .getMessage());
  }
}
