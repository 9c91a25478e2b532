package fovea.vision.data;

import fovea.core.FoveaException;
import fovea.vision.annotation.Annotations;
import fovea.vision.annotation.Box;
import fovea.vision.annotation.Keypoint;
import fovea.vision.annotation.LabelMap;
import fovea.vision.annotation.Mask;
import fovea.vision.annotation.Visibility;
import fovea.vision.image.Image;
import java.util.Arrays;

/// A contact sheet: images of a data set beside each other, with what is said of them drawn over.
///
/// Boxes and masks are in the colour of their class (that of the data set's palette, or else one of
/// twelve), crosses are keypoints, label maps shine through. Where images have classes, each row
/// holds images of one class; else they are spread evenly over the set.
public final class Sheet {
  private Sheet() {}

  private static final int GAP = 4;

  /// Colours that are told apart (Kelly, Twenty-two colors of maximum contrast, 1965, the first
  /// after white and black).
  private static final int[] COLOURS = {
    0xF3C300, 0x875692, 0xF38400, 0xA1CAF1, 0xBE0032, 0xC2B280, 0x008856, 0xE68FAC, 0x0067A5,
    0xF99379, 0x604E97, 0xB3446C
  };

  /// The sheet.
  ///
  /// @param rows of images; of data with classes, at most one for each class
  /// @param columns images in a row
  /// @param tile the longer side of each image, in pixels
  /// @throws IllegalArgumentException if one of these is not above 0, or the sheet would have more
  ///   than 100 million pixels
  public static Image of(Dataset data, int rows, int columns, int tile) {
    if (rows < 1
        || columns < 1
        || tile < 8
        || (long) rows * columns * (tile + GAP) * (tile + GAP) > 100_000_000) {
      throw new IllegalArgumentException(
          "no sheet has %d rows of %d images of %d pixels".formatted(rows, columns, tile));
    }
    boolean byClass = data.task() == Task.CLASSIFICATION;
    int[][] chosen = byClass ? perClass(data, rows, columns) : spread(data, rows, columns);
    var sheet = new Canvas(chosen.length * (tile + GAP) + GAP, columns * (tile + GAP) + GAP);
    for (int r = 0; r < chosen.length; r++) {
      for (int c = 0; c < chosen[r].length; c++) {
        tile(sheet, data, chosen[r][c], GAP + r * (tile + GAP), GAP + c * (tile + GAP), tile);
      }
    }
    return sheet.image();
  }

  private static int[][] perClass(Dataset data, int rows, int columns) {
    var chosen = new int[Math.min(rows, data.classes().size())][columns];
    var found = new int[chosen.length];
    for (int i = 0; i < data.size(); i++) {
      int label = data.label(i);
      if (label >= 0 && label < chosen.length && found[label] < columns) {
        chosen[label][found[label]++] = i;
      }
    }
    for (int r = 0; r < chosen.length; r++) {
      chosen[r] = Arrays.copyOf(chosen[r], found[r]);
    }
    return chosen;
  }

  private static int[][] spread(Dataset data, int rows, int columns) {
    int n = Math.min(rows * columns, data.size());
    var chosen = new int[(n + columns - 1) / columns][];
    for (int r = 0; r < chosen.length; r++) {
      chosen[r] = new int[Math.min(columns, n - r * columns)];
      for (int c = 0; c < chosen[r].length; c++) {
        chosen[r][c] = (int) ((long) (r * columns + c) * data.size() / n);
      }
    }
    return chosen;
  }

  /// One image in its place; a cross where it cannot be read.
  private static void tile(Canvas sheet, Dataset data, int index, int top, int left, int side) {
    Image image;
    Annotations annotations;
    try {
      image = data.image(index);
      annotations = data.annotations(index);
    } catch (FoveaException e) {
      sheet.line(left, top, left + side, top + side, 0xBE0032);
      sheet.line(left + side, top, left, top + side, 0xBE0032);
      return;
    }
    double scale = (double) side / Math.max(image.height(), image.width());
    int height = Math.max(1, (int) Math.round(image.height() * scale));
    int width = Math.max(1, (int) Math.round(image.width() * scale));
    var small =
        scale > 1 ? enlarged(image.toRgb(), height, width) : image.toRgb().resize(height, width);
    top += (side - height) / 2;
    left += (side - width) / 2;
    sheet.paste(small, top, left);
    var place = new Place(sheet, top, left, height, width, image);
    var map = annotations.labelMap();
    if (map != null && map.height() == image.height() && map.width() == image.width()) {
      place.map(map, data);
    }
    for (var thing : annotations.instances()) {
      int colour = colour(data, thing.label());
      var mask = thing.mask();
      if (mask != null && mask.height() == image.height() && mask.width() == image.width()) {
        place.mask(mask, colour);
      }
      var box = thing.box();
      if (box != null) {
        place.box(box, colour);
      }
      for (var keypoint : thing.keypoints()) {
        if (keypoint.visibility() != Visibility.ABSENT) {
          place.keypoint(keypoint);
        }
      }
    }
  }

  /// In squares, so that small images show their pixels.
  private static Image enlarged(Image image, int height, int width) {
    var pixels = new byte[3 * height * width];
    for (int y = 0, at = 0; y < height; y++) {
      for (int x = 0; x < width; x++) {
        int from = (y * image.height() / height * image.width() + x * image.width() / width) * 3;
        for (int c = 0; c < 3; c++) {
          pixels[at++] = image.pixels()[from + c];
        }
      }
    }
    return new Image(height, width, 3, pixels);
  }

  private static int colour(Dataset data, int label) {
    var palette = data.palette();
    return label < palette.size() ? palette.get(label) : COLOURS[label % COLOURS.length];
  }

  /// Where an image is shown, for what is drawn over it.
  private record Place(Canvas sheet, int top, int left, int height, int width, Image image) {

    void map(LabelMap map, Dataset data) {
      for (int y = 0; y < height; y++) {
        for (int x = 0; x < width; x++) {
          int label = map.get(y * map.height() / height, x * map.width() / width);
          if (label != LabelMap.IGNORE) {
            sheet.blend(left + x, top + y, colour(data, label));
          }
        }
      }
    }

    void mask(Mask mask, int colour) {
      for (int y = 0; y < height; y++) {
        for (int x = 0; x < width; x++) {
          if (mask.get(y * mask.height() / height, x * mask.width() / width)) {
            sheet.blend(left + x, top + y, colour);
          }
        }
      }
    }

    void box(Box box, int colour) {
      int x0 = x(box.left());
      int x1 = Math.max(x0, x(box.right()) - 1);
      int y0 = y(box.top());
      int y1 = Math.max(y0, y(box.bottom()) - 1);
      sheet.line(x0, y0, x1, y0, colour);
      sheet.line(x1, y0, x1, y1, colour);
      sheet.line(x1, y1, x0, y1, colour);
      sheet.line(x0, y1, x0, y0, colour);
    }

    void keypoint(Keypoint keypoint) {
      int x = x(keypoint.x());
      int y = y(keypoint.y());
      int colour = keypoint.visibility() == Visibility.VISIBLE ? 0xFFFFFF : 0x222222;
      sheet.line(x - 2, y, x + 2, y, colour);
      sheet.line(x, y - 2, x, y + 2, colour);
    }

    private int x(double x) {
      return left + (int) Math.round(x * width / image.width());
    }

    private int y(double y) {
      return top + (int) Math.round(y * height / image.height());
    }
  }

  /// Pixels to draw on, white at first.
  private static final class Canvas {
    private final int height;
    private final int width;
    private final byte[] pixels;

    Canvas(int height, int width) {
      this.height = height;
      this.width = width;
      pixels = new byte[3 * height * width];
      Arrays.fill(pixels, (byte) 255);
    }

    Image image() {
      return new Image(height, width, 3, pixels);
    }

    void paste(Image image, int top, int left) {
      for (int y = 0; y < image.height(); y++) {
        System.arraycopy(
            image.pixels(),
            3 * y * image.width(),
            pixels,
            3 * ((top + y) * width + left),
            3 * image.width());
      }
    }

    private void set(int x, int y, int colour) {
      if (x >= 0 && y >= 0 && x < width && y < height) {
        for (int c = 0; c < 3; c++) {
          pixels[3 * (y * width + x) + c] = (byte) (colour >> (16 - 8 * c));
        }
      }
    }

    /// Half of what is there, half of a colour.
    void blend(int x, int y, int colour) {
      int at = 3 * (y * width + x);
      for (int c = 0; c < 3; c++) {
        pixels[at + c] = (byte) (((pixels[at + c] & 0xFF) + (colour >> (16 - 8 * c) & 0xFF)) / 2);
      }
    }

    void line(int x0, int y0, int x1, int y1, int colour) {
      int steps = Math.max(1, Math.max(Math.abs(x1 - x0), Math.abs(y1 - y0)));
      for (int i = 0; i <= steps; i++) {
        set(
            x0 + Math.round((float) (x1 - x0) * i / steps),
            y0 + Math.round((float) (y1 - y0) * i / steps),
            colour);
      }
    }
  }
}
