package fovea.vision.report;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Properties;
import org.jspecify.annotations.Nullable;

/// The files that go into every report.
final class Resources {
  private static final String VERSION = "META-INF/maven/org.webjars.npm/chart.js/pom.properties";
  private static final String CHARTS = "META-INF/resources/webjars/chart.js/";

  private Resources() {}

  /// A file beside this class.
  static String read(String name) {
    try (var in = Resources.class.getResourceAsStream(name)) {
      if (in == null) {
        throw new IllegalStateException(name + " is missing from this build of Fovea");
      }
      return text(in);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// Chart.js, or null where its jar is not to be found: it has no module that could be required,
  /// so that with Fovea on the module path it must be put on the class path.
  static @Nullable String chartJs() {
    try (var properties = open(VERSION)) {
      if (properties == null) {
        return null;
      }
      var version = new Properties();
      version.load(properties);
      try (var in = open(CHARTS + version.getProperty("version") + "/dist/chart.umd.min.js")) {
        return in == null ? null : withoutSourceMap(text(in));
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static @Nullable InputStream open(String name) {
    var here = Resources.class.getClassLoader().getResourceAsStream(name);
    return here != null ? here : ClassLoader.getSystemResourceAsStream(name);
  }

  private static String text(InputStream in) throws IOException {
    return new String(in.readAllBytes(), StandardCharsets.UTF_8);
  }

  /// Without the comment for which debuggers would look for another file.
  private static String withoutSourceMap(String script) {
    return script.replaceFirst("//# sourceMappingURL=.*\\s*$", "");
  }
}
