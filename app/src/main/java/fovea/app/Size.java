package fovea.app;

import fovea.vision.model.InputSize;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/// The size of images on a command line: `28x28`, `3x32x32`, or `28` for squares.
///
/// @param channels `null` where they were not given
record Size(@Nullable Integer channels, int height, int width) {
  private static final Pattern FORM =
      Pattern.compile("(?:(?:([13])[x×])?(\\d{1,5})[x×])?(\\d{1,5})");

  /// For picocli.
  static final class Converter implements ITypeConverter<Size> {
    @Override
    public Size convert(String text) {
      var m = FORM.matcher(text);
      if (!m.matches()) {
        throw new TypeConversionException(
            "'%s' is no size; write height x width, as in 28x28, perhaps after 1 (grey) or 3 (colour) channels, as in 3x32x32"
                .formatted(text));
      }
      int width = Integer.parseInt(m.group(3));
      int height = m.group(2) == null ? width : Integer.parseInt(m.group(2));
      if (height < 1 || width < 1) {
        throw new TypeConversionException("an image has at least one pixel, not " + text);
      }
      return new Size(m.group(1) == null ? null : Integer.valueOf(m.group(1)), height, width);
    }
  }

  /// With the channels of `usual` where none were given.
  InputSize orChannelsOf(InputSize usual) {
    return new InputSize(channels == null ? usual.channels() : channels, height, width);
  }
}
