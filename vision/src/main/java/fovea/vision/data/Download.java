package fovea.vision.data;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;

/// Fetches one file.
final class Download {
  private static final int ATTEMPTS = 3; // at each mirror
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  private final Downloads.Item item;
  private final Path file;
  private final Path part;
  private final Downloads.Listener listener;
  private final List<String> problems = new ArrayList<>();

  Download(Downloads.Item item, Path folder, Downloads.Listener listener) {
    this.item = item;
    this.listener = listener;
    file = folder.resolve(item.name());
    part = folder.resolve(item.name() + ".part");
  }

  /// The file, whole and with the right checksum.
  Path run() throws IOException {
    if (Files.exists(file)) {
      return file; // from an attempt before
    }
    try (var client =
        HttpClient.newBuilder()
            .followRedirects(HttpClient.Redirect.NORMAL)
            .connectTimeout(PATIENCE)
            .build()) {
      for (var mirror : item.mirrors()) {
        for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
          if (fetch(client, mirror) && isRight(mirror)) {
            return Files.move(part, file, StandardCopyOption.ATOMIC_MOVE);
          }
        }
      }
    }
    throw new DataException(
        "%s could not be fetched: %s; try again later, or fetch it by other means into %s"
            .formatted(item.name(), String.join("; ", problems), file.getParent()));
  }

  /// Takes what is still missing.
  ///
  /// @return whether all is there
  private boolean fetch(HttpClient client, String mirror) throws IOException {
    long have = Files.exists(part) ? Files.size(part) : 0;
    if (have >= item.size()) {
      return true;
    }
    var request = HttpRequest.newBuilder(URI.create(mirror)).timeout(PATIENCE);
    if (have > 0) {
      request.header("Range", "bytes=" + have + "-");
    }
    HttpResponse<InputStream> response;
    try {
      response = client.send(request.build(), HttpResponse.BodyHandlers.ofInputStream());
    } catch (IOException e) {
      return problem(mirror, e.getMessage() == null ? "no connection" : e.getMessage());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new DataException("the download of " + item.name() + " was interrupted", e);
    }
    try (var in = response.body()) {
      return switch (response.statusCode()) {
        case 200 -> take(in, 0, mirror);
        case 206 -> take(in, have, mirror);
        case 416 -> {
          Files.delete(part);
          yield problem(mirror, "the file there is smaller");
        }
        default -> problem(mirror, "status " + response.statusCode());
      };
    }
  }

  private boolean take(InputStream in, long have, String mirror) throws IOException {
    var buffer = new byte[1 << 16];
    long bytes = have;
    try (var out = open(have)) {
      while (bytes <= item.size()) {
        int n;
        try {
          n = in.read(buffer);
        } catch (IOException e) {
          return problem(mirror, "the connection broke after %d bytes".formatted(bytes));
        }
        if (n < 0) {
          break;
        }
        try {
          out.write(buffer, 0, n);
        } catch (IOException e) {
          throw unwritable(part, e);
        }
        bytes += n;
        listener.at(item.name(), bytes, item.size());
      }
    }
    return bytes == item.size()
        || (bytes < item.size()
            ? problem(mirror, "the connection broke after %d bytes".formatted(bytes))
            : isRight(mirror));
  }

  private OutputStream open(long have) throws IOException {
    return have > 0
        ? Files.newOutputStream(part, StandardOpenOption.APPEND)
        : Files.newOutputStream(part);
  }

  /// Whether what arrived is what the makers published; if not, it is thrown away.
  private boolean isRight(String mirror) throws IOException {
    if (Files.exists(part) && md5(part).equals(item.md5())) {
      return true;
    }
    Files.deleteIfExists(part);
    return problem(mirror, "the checksum is wrong");
  }

  private static String md5(Path file) throws IOException {
    try (var in = Files.newInputStream(file)) {
      // What the makers of these sets published. It guards against damage, not against malice.
      var md5 = MessageDigest.getInstance("MD5");
      var buffer = new byte[1 << 16];
      for (int n; (n = in.read(buffer)) >= 0; ) {
        md5.update(buffer, 0, n);
      }
      return HexFormat.of().formatHex(md5.digest());
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError("every Java platform has MD5", e);
    }
  }

  private boolean problem(String mirror, String what) {
    var problem = mirror + ": " + what;
    if (!problems.contains(problem)) {
      problems.add(problem);
    }
    return false;
  }

  static DataException unwritable(Path path, IOException e) {
    var why = String.valueOf(e.getMessage());
    return new DataException(
        "cannot write %s: %s"
            .formatted(
                path,
                why.contains("No space left on device")
                    ? "the disk is full; make room and fetch again, and it goes on where it stopped"
                    : why),
        e);
  }
}
