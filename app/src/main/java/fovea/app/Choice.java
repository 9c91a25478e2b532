package fovea.app;

import java.util.EnumSet;
import java.util.Locale;
import java.util.stream.Collectors;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/// Reads one of a few words; picocli by itself would list them in capitals.
abstract class Choice<E extends Enum<E>> implements ITypeConverter<E> {
  private final Class<E> words;

  Choice(Class<E> words) {
    this.words = words;
  }

  @Override
  public final E convert(String text) {
    try {
      return Enum.valueOf(words, text.toUpperCase(Locale.ROOT));
    } catch (IllegalArgumentException e) {
      throw new TypeConversionException(
          "'%s' is none of %s"
              .formatted(
                  text,
                  EnumSet.allOf(words).stream()
                      .map(Enum::toString)
                      .collect(Collectors.joining(", "))));
    }
  }
}
