package fovea.vision.image;

import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/// How a camera was held: the tag Orientation (0x0112) of Exif 2.32, §4.6.4, numbers 1 to 8.
final class Orientation {
  private Orientation() {}

  /// Upright.
  static final int NORMAL = 1;

  private static final int TAG = 0x0112;
  private static final int SHORT = 3;

  /// What an Exif block says; [#NORMAL] where it says nothing that makes sense.
  ///
  /// @param tiff the block from its byte order on
  static int of(ByteBuffer tiff) {
    try {
      var in = tiff.slice();
      short order = in.getShort(0);
      if (order != 0x4949 && order != 0x4D4D) {
        return NORMAL;
      }
      in.order(order == 0x4949 ? ByteOrder.LITTLE_ENDIAN : ByteOrder.BIG_ENDIAN);
      int at = in.getInt(4);
      int entries = in.getChar(at);
      for (int i = 0; i < entries; i++) {
        int entry = at + 2 + 12 * i;
        if (in.getChar(entry) == TAG && in.getChar(entry + 2) == SHORT) {
          int value = in.getChar(entry + 8);
          return value >= 1 && value <= 8 ? value : NORMAL;
        }
      }
      return NORMAL;
    } catch (IndexOutOfBoundsException | BufferUnderflowException e) {
      return NORMAL; // a damaged block says nothing
    }
  }

  /// The image upright.
  static Image apply(Image image, int orientation) {
    if (orientation == NORMAL) {
      return image;
    }
    int height = image.height();
    int width = image.width();
    int channels = image.channels();
    boolean turned = orientation > 4; // rows become columns
    int newHeight = turned ? width : height;
    int newWidth = turned ? height : width;
    var from = image.pixels();
    var to = new byte[from.length];
    for (int y = 0, at = 0; y < newHeight; y++) {
      for (int x = 0; x < newWidth; x++) {
        int row =
            switch (orientation) {
              case 2 -> y;
              case 3, 4 -> height - 1 - y;
              case 5, 8 -> x;
              default -> height - 1 - x;
            };
        int column =
            switch (orientation) {
              case 2, 3 -> width - 1 - x;
              case 4 -> x;
              case 5, 6 -> y;
              default -> width - 1 - y;
            };
        int source = (row * width + column) * channels;
        for (int c = 0; c < channels; c++) {
          to[at++] = from[source + c];
        }
      }
    }
    return new Image(newHeight, newWidth, channels, to);
  }
}
