package fovea.vision.run;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;

/// What a run was made on.
///
/// @param os name and version
/// @param arch of the processor: `amd64`, `aarch64`
/// @param cpu its model, where the system tells
/// @param cores that this process may use
/// @param memoryBytes of the machine or container
public record Machine(String os, String arch, String cpu, int cores, long memoryBytes) {

  /// This machine.
  public static Machine current() {
    return new Machine(
        System.getProperty("os.name") + " " + System.getProperty("os.version"),
        System.getProperty("os.arch"),
        cpuModel(),
        Runtime.getRuntime().availableProcessors(),
        ManagementFactory.getOperatingSystemMXBean()
                instanceof com.sun.management.OperatingSystemMXBean os
            ? os.getTotalMemorySize()
            : -1);
  }

  private static String cpuModel() {
    try (var lines = Files.lines(Path.of("/proc/cpuinfo"))) {
      return lines
          .filter(l -> l.startsWith("model name"))
          .findFirst()
          .map(l -> l.substring(l.indexOf(':') + 1).strip())
          .orElse("unknown");
    } catch (IOException | java.io.UncheckedIOException e) {
      // Only Linux has that file; the model is for people, nothing depends on it.
      return "unknown";
    }
  }
}
