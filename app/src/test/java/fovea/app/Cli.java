package fovea.app;

import fovea.core.array.Rng;
import fovea.vision.image.Image;
import fovea.vision.image.Images;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.zip.GZIPOutputStream;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// Runs commands within this process, and makes small data for them.
final class Cli {
  private Cli() {}

  /// What a command did.
  record Result(int code, String out, String err) {
    JsonNode json() {
      return JsonMapper.shared().readTree(out);
    }

    /// The one line on standard error.
    String error() {
      var lines = err.lines().toList();
      if (lines.size() != 1 || !lines.getFirst().startsWith("fovea: ")) {
        throw new AssertionError("not one line of an error: " + err);
      }
      return lines.getFirst().substring("fovea: ".length());
    }
  }

  static Result run(Object... args) {
    var out = new ByteArrayOutputStream();
    var err = new ByteArrayOutputStream();
    int code =
        Main.run(
            Console.of(out, err, StandardCharsets.UTF_8),
            List.of(args).stream().map(Object::toString).toArray(String[]::new));
    // The tests may run without native kernels, which is worth a warning but not an error.
    var lines =
        err.toString(StandardCharsets.UTF_8)
            .lines()
            .filter(line -> !line.startsWith("warning: computing in plain Java"))
            .map(line -> line + "\n")
            .toList();
    return new Result(code, out.toString(StandardCharsets.UTF_8), String.join("", lines));
  }

  /// A folder with images of two classes, `dark` and `light`, to train and to test.
  static Path images(Path folder, int size, int ofEach) throws IOException {
    var rng = Rng.of(3);
    for (var part : List.of("train", "test")) {
      for (var name : List.of("dark", "light")) {
        var to = Files.createDirectories(folder.resolve(part).resolve(name));
        for (int i = 0; i < ofEach; i++) {
          var noise = rng.split(part + name + i).permutation(size * size);
          var pixels = new byte[size * size];
          for (int p = 0; p < pixels.length; p++) {
            pixels[p] = (byte) ((name.equals("dark") ? 20 : 140) + noise[p] % 100);
          }
          Images.writePng(new Image(size, size, 1, pixels), to.resolve(i + ".png"));
        }
      }
    }
    return folder;
  }

  /// The four files of MNIST with small black images.
  static Path idx(Path folder, int images, int labels) throws IOException {
    Files.createDirectories(folder);
    for (var part : List.of("train", "t10k")) {
      gzip(folder.resolve(part + "-images-idx3-ubyte.gz"), idx(images, 28, 28));
      gzip(folder.resolve(part + "-labels-idx1-ubyte.gz"), idx(labels));
    }
    return folder;
  }

  static byte[] idx(int... dims) throws IOException {
    var bytes = new ByteArrayOutputStream();
    var out = new DataOutputStream(bytes);
    out.writeInt(0x800 + dims.length);
    int n = 1;
    for (int dim : dims) {
      out.writeInt(dim);
      n *= dim;
    }
    for (int i = 0; i < n; i++) {
      out.write(dims.length == 1 ? i % 2 : 7);
    }
    return bytes.toByteArray();
  }

  static void gzip(Path file, byte[] bytes) throws IOException {
    try (var out = new GZIPOutputStream(Files.newOutputStream(file))) {
      out.write(bytes);
    }
  }

  static void cut(Path file, int bytes) throws IOException {
    var all = Files.readAllBytes(file);
    Files.write(file, java.util.Arrays.copyOf(all, all.length - bytes));
  }
}
