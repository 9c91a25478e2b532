package fovea.core.kernel.onednn;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import fovea.core.FoveaException;
import fovea.core.kernel.JavaKernels;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A library is loaded once in a process: each case has its own.
class NativeLibraryTest {
  /// Prints what computes, or why nothing does.
  static final class Probe {
    private Probe() {}

    public static void main(String[] args) {
      try {
        System.out.println(new OneDnnProvider().load(new JavaKernels()).name());
      } catch (FoveaException e) {
        System.out.println(e.getMessage());
      }
    }
  }

  @TempDir Path cache;

  @BeforeEach
  void load() {
    try {
      NativeLibrary.load();
    } catch (FoveaException e) {
      assumeTrue(false, e.getMessage());
    }
  }

  private String probe(String... options) throws IOException, InterruptedException {
    var command = new ArrayList<String>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.add("--enable-native-access=ALL-UNNAMED");
    command.addAll(List.of(options));
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), Probe.class.getName()));
    var builder = new ProcessBuilder(command).redirectErrorStream(true);
    builder.environment().put("XDG_CACHE_HOME", cache.toString());
    builder.environment().remove("OMP_NUM_THREADS");
    var process = builder.start();
    var output = new String(process.getInputStream().readAllBytes(), UTF_8);
    assertEquals(0, process.waitFor(), output);
    return output.strip();
  }

  private List<Path> unpacked() throws IOException {
    try (var files = Files.walk(cache)) {
      return files.filter(Files::isRegularFile).sorted().toList();
    }
  }

  @Test
  void isUnpackedOnceAndFoundAgain() throws Exception {
    assertTrue(probe("-Dfovea.threads=3").endsWith("3 threads"));
    var files = unpacked();
    assertTrue(
        files.stream().anyMatch(f -> f.getFileName().toString().contains("dnnl")),
        files.toString());
    var library = files.getFirst();
    var time = Files.getLastModifiedTime(library);
    assertTrue(probe("-Dfovea.threads=1").endsWith("1 thread"));
    assertEquals(time, Files.getLastModifiedTime(library));
    assertEquals(files, unpacked());

    Files.writeString(library, "cut short");
    assertTrue(probe().startsWith("oneDNN 3."));
    assertEquals(files, unpacked());

    var name = probe("-Dfovea.onednn=" + library.getParent());
    assertTrue(name.startsWith("oneDNN 3."), name);
  }

  @Test
  void whatIsWrongIsSaidInOneSentence() throws Exception {
    var missing = probe("-Dfovea.onednn=" + cache.resolve("nowhere"));
    assertTrue(missing.contains("is missing: ") && missing.contains("nowhere"), missing);
    assertEquals(1, missing.lines().count(), missing);
    var threads = probe("-Dfovea.threads=many");
    assertTrue(threads.startsWith("fovea.threads=many is not a number of threads"), threads);
  }
}
