package fovea.core.kernel;

/// Where the window of a 2-D convolution or pooling goes: its size, the step between its places,
/// the padding it may reach into and the distance between its taps. All in pixels, height before
/// width.
///
/// ```java
/// Window.of(3).stride(2).pad(1)
/// ```
public record Window(
    int height,
    int width,
    int strideH,
    int strideW,
    int padTop,
    int padLeft,
    int padBottom,
    int padRight,
    int dilationH,
    int dilationW) {

  public Window {
    if (height < 1 || width < 1) {
      throw new IllegalArgumentException("a window is at least 1×1, not " + height + "×" + width);
    }
    if (strideH < 1 || strideW < 1) {
      throw new IllegalArgumentException(
          "a stride is at least 1, not " + Math.min(strideH, strideW));
    }
    if (padTop < 0 || padLeft < 0 || padBottom < 0 || padRight < 0) {
      throw new IllegalArgumentException("padding cannot be negative");
    }
    if (dilationH < 1 || dilationW < 1) {
      throw new IllegalArgumentException(
          "a dilation is at least 1, not " + Math.min(dilationH, dilationW));
    }
  }

  /// A square window that moves by one pixel, without padding.
  public static Window of(int size) {
    return of(size, size);
  }

  /// A window that moves by one pixel, without padding.
  public static Window of(int height, int width) {
    return new Window(height, width, 1, 1, 0, 0, 0, 0, 1, 1);
  }

  public Window stride(int stride) {
    return stride(stride, stride);
  }

  public Window stride(int h, int w) {
    return new Window(
        height, width, h, w, padTop, padLeft, padBottom, padRight, dilationH, dilationW);
  }

  /// The same padding on all four sides.
  public Window pad(int pad) {
    return pad(pad, pad, pad, pad);
  }

  public Window pad(int top, int left, int bottom, int right) {
    return new Window(
        height, width, strideH, strideW, top, left, bottom, right, dilationH, dilationW);
  }

  public Window dilation(int dilation) {
    return dilation(dilation, dilation);
  }

  public Window dilation(int h, int w) {
    return new Window(height, width, strideH, strideW, padTop, padLeft, padBottom, padRight, h, w);
  }

  /// How many places the window has over `size` rows: ⌊(size + pads − extent) / stride⌋ + 1, where
  /// the extent is dilation·(height − 1) + 1; 0 or less where it does not fit.
  public int outHeight(int size) {
    return Math.floorDiv(size + padTop + padBottom - dilationH * (height - 1) - 1, strideH) + 1;
  }

  public int outWidth(int size) {
    return Math.floorDiv(size + padLeft + padRight - dilationW * (width - 1) - 1, strideW) + 1;
  }

  /// The number of taps.
  public int area() {
    return height * width;
  }
}
