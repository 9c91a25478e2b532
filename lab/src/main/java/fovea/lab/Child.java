package fovea.lab;

import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStreamWriter;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/// A process that answers requests, a line each. It dies with the driver, however that ends.
final class Child implements AutoCloseable {
  private static final Set<Process> STARTED = ConcurrentHashMap.newKeySet();
  private static final Set<String> ANSWERS =
      Set.of("version", "ready", "times", "memory", "unavailable", "error");
  private static final long PATIENCE_MINUTES = 10;

  static {
    Runtime.getRuntime()
        .addShutdownHook(new Thread(() -> STARTED.forEach(Process::destroyForcibly), "children"));
  }

  private final String name;
  private final Path log;
  private final Process process;
  private final Writer requests;
  private final BlockingQueue<Optional<String>> lines = new LinkedBlockingQueue<>();

  /// Starts it.
  ///
  /// @param log takes its standard error
  Child(String name, List<String> command, Map<String, String> environment, Path log)
      throws IOException {
    this.name = name;
    this.log = log;
    process = start(command, environment, log);
    requests =
        new BufferedWriter(
            new OutputStreamWriter(process.getOutputStream(), StandardCharsets.UTF_8));
    var reader =
        new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
    Thread.ofPlatform().daemon().name("reads " + name).start(() -> readAll(reader));
  }

  /// Starts a process that dies with this one.
  static Process start(List<String> command, Map<String, String> environment, Path log)
      throws IOException {
    var builder = new ProcessBuilder(command).redirectError(log.toFile());
    var variables = builder.environment();
    // All start from the same defaults, whatever the shell has set.
    variables
        .keySet()
        .removeIf(
            v ->
                List.of("OMP_", "GOMP_", "KMP_", "MKL_", "DNNL_").stream().anyMatch(v::startsWith));
    variables.putAll(environment);
    var process = builder.start();
    STARTED.add(process);
    return process;
  }

  private void readAll(BufferedReader reader) {
    try (reader) {
      for (var line = reader.readLine(); line != null; line = reader.readLine()) {
        // A native library may have printed something.
        if (ANSWERS.contains(line.split(" ", 2)[0])) {
          lines.add(Optional.of(line));
        }
      }
    } catch (IOException e) {
      // The process has ended.
    } finally {
      lines.add(Optional.empty());
    }
  }

  /// Asks, and waits for the answer.
  ///
  /// @throws IOException saying what happened, when the process has died or does not answer
  String ask(String request) throws IOException, InterruptedException {
    try {
      requests.write(request + "\n");
      requests.flush();
    } catch (IOException e) {
      throw new IOException(died(), e);
    }
    var answer = lines.poll(PATIENCE_MINUTES, TimeUnit.MINUTES);
    if (answer == null) {
      process.destroyForcibly();
      throw new IOException(
          "no answer to \"%s\" within %d minutes".formatted(request, PATIENCE_MINUTES));
    }
    return answer.orElseThrow(() -> new IOException(died()));
  }

  private String died() {
    var last = "";
    try {
      last =
          Files.readAllLines(log).stream()
              .filter(l -> !l.isBlank() && !l.startsWith("\tat "))
              .reduce((_, b) -> b)
              .orElse("");
    } catch (IOException e) {
      // Then without its last words.
    }
    return "its process ended%s%s (log: %s)"
        .formatted(
            process.isAlive() ? "" : " with " + process.exitValue(),
            last.isEmpty() ? "" : ": " + last,
            log);
  }

  String name() {
    return name;
  }

  /// Seconds of processor time used so far; 0 where the system does not tell.
  double processorSeconds() {
    return process.info().totalCpuDuration().map(d -> d.toNanos() * 1e-9).orElse(0.0);
  }

  @Override
  public void close() {
    try {
      requests.write("quit\n");
      requests.flush();
    } catch (IOException e) {
      // It has ended already.
    }
    try {
      if (!process.waitFor(2, TimeUnit.SECONDS)) {
        process.destroyForcibly();
        process.waitFor();
      }
    } catch (InterruptedException e) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
    }
  }
}
