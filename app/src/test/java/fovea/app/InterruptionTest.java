package fovea.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// The program in a process of its own: Ctrl-C, and where it puts its runs.
@EnabledOnOs({OS.LINUX, OS.MAC})
@Timeout(value = 5, unit = TimeUnit.MINUTES)
final class InterruptionTest {
  private static final List<String> SETTINGS =
      List.of("--epochs", "80", "--batch", "4", "--seed", "2", "--rate", "0.001");

  @TempDir private Path folder;

  @ParameterizedTest
  @EnumSource
  void afterCtrlCATrainingGoesOnToTheSameBits(Where where) throws Exception {
    var data = Cli.images(folder.resolve("data"), 8, 20);
    var whole = folder.resolve("whole");
    assertEquals(0, Cli.run((Object[]) train(data, whole)).code());

    var cut = folder.resolve("cut");
    var interrupted = new Started(where, folder, train(data, cut));
    interrupted.waitFor(" 3/80 ");
    interrupted.interrupt();
    assertEquals(130, interrupted.end(), interrupted.toString());
    assertTrue(interrupted.says("stopping after this step"), interrupted.toString());
    assertTrue(
        interrupted.says("all is kept, go on with: fovea train --resume " + cut),
        interrupted.toString());
    assertTrue(
        Files.readString(cut.resolve("run.json")).contains("INTERRUPTED"), "the record says so");

    var resumed = Cli.run("train", "--resume", cut, "--json");
    assertEquals(0, resumed.code(), resumed.err());
    assertEquals("finished", resumed.json().get("status").asString());
    assertEquals(
        -1,
        Files.mismatch(whole.resolve("model.safetensors"), cut.resolve("model.safetensors")),
        "the same bits as without interruption");
  }

  @Test
  void afterCtrlCABenchShowsWhatItHas() throws Exception {
    var bench = new Started(Where.PIPE, folder, "bench", "linear", "--seconds", "60", "--json");
    bench.waitFor("measuring linear");
    bench.interrupt();
    assertEquals(130, bench.end(), bench.toString());
    assertTrue(bench.says("stopping after this step"), bench.toString());
    assertTrue(bench.says("\"interrupted\":true,\"results\":[]"), bench.toString());
  }

  @Test
  void aNewFolderIsMadeWhereTheCommandIsGiven() throws Exception {
    Cli.images(folder.resolve("data"), 8, 3);
    for (var run : List.of("runs/mlp-4-3-data-1", "runs/mlp-4-3-data-2")) {
      var trained = new Started(Where.PIPE, folder, "train", "mlp:4,3", "data", "--epochs", "1");
      assertEquals(0, trained.end(), trained.toString());
      assertTrue(Files.exists(folder.resolve(run).resolve("report.html")), run);
    }
    var evaluated = new Started(Where.PIPE, folder, "evaluate", "runs/mlp-4-3-data-2");
    assertEquals(0, evaluated.end(), evaluated.toString());
  }

  @Test
  void aProgramGetsItsArgumentsAndHasTheLastWord() throws Exception {
    Files.writeString(
        folder.resolve("Hello.java"),
        """
        void main(String[] args) {
          IO.println(fovea.core.tensor.Tensor.of(1f, 2f).sum().item() + String.join(" ", args));
          System.exit(7);
        }
        """);
    var hello = new Started(Where.PIPE, folder, "run", "Hello.java", "--help", "me");
    assertEquals(7, hello.end(), hello.toString());
    assertTrue(hello.says("3.0--help me"), hello.toString());
  }

  private static String[] train(Path data, Path out) {
    var args = new ArrayList<>(List.of("train", "mlp:9", data.toString(), "--out", out.toString()));
    args.addAll(SETTINGS);
    return args.toArray(String[]::new);
  }

  /// What the program writes to.
  enum Where {
    PIPE,
    /// One made by `script`, where there is such a program. With the progress bar comes a library
    /// that likes to take Ctrl-C for itself.
    TERMINAL;

    boolean isTerminal() {
      return this == TERMINAL && Files.isExecutable(Path.of("/usr/bin/script"));
    }
  }

  /// The program as a process, whose standard output and error are read together.
  private static final class Started {
    private final Where where;
    private final Process process;
    private final BufferedReader reader;
    private final List<String> lines = new ArrayList<>();

    Started(Where where, Path folder, String... args) throws IOException {
      this.where = where;
      var command = java(where);
      command.addAll(List.of(args));
      process =
          new ProcessBuilder(where.isTerminal() ? inTerminal(command) : command)
              .directory(folder.toFile())
              .redirectErrorStream(true)
              .start();
      reader = process.inputReader();
    }

    private static List<String> java(Where where) throws IOException {
      var command = new ArrayList<String>();
      if (ignoresInterrupts()) {
        command.addAll(List.of("env", "--default-signal=INT"));
      }
      command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
      command.addAll(
          List.of(
              "-XX:+UseParallelGC",
              "-Xmx512m",
              "-Dfovea.terminals=" + (where.isTerminal() ? "out,err" : ""),
              "--class-path",
              System.getProperty("java.class.path")));
      var modules = System.getProperty("jdk.module.path");
      command.addAll(
          modules == null
              ? List.of("--enable-native-access=ALL-UNNAMED", "fovea.app.Main")
              : List.of(
                  "--enable-native-access=fovea.core",
                  "--module-path",
                  modules,
                  "--module",
                  "fovea.app/fovea.app.Main"));
      return command;
    }

    private static List<String> inTerminal(List<String> command) {
      if (OS.MAC.isCurrentOs()) {
        var script = new ArrayList<>(List.of("script", "-q", "/dev/null"));
        script.addAll(command);
        return script;
      }
      return List.of(
          "script",
          "--quiet",
          "--return",
          "--command",
          command.stream().map(word -> "'" + word + "'").collect(Collectors.joining(" ")),
          "/dev/null");
    }

    /// A process in the background of a shell may have been told to ignore Ctrl-C, and its children
    /// with it.
    private static boolean ignoresInterrupts() throws IOException {
      var status = Path.of("/proc/self/status");
      return Files.exists(status)
          && Files.readAllLines(status).stream()
              .filter(line -> line.startsWith("SigIgn:"))
              .anyMatch(line -> (Long.parseUnsignedLong(line.substring(7).strip(), 16) & 2) != 0);
    }

    void waitFor(String text) throws IOException {
      for (String line; (line = reader.readLine()) != null; ) {
        lines.add(line);
        if (line.contains(text)) {
          return;
        }
      }
      throw new AssertionError("ended without " + text + ": " + this);
    }

    void interrupt() throws Exception {
      if (where.isTerminal()) {
        process.getOutputStream().write(3); // Ctrl-C
        process.getOutputStream().flush();
      } else {
        var kill = new ProcessBuilder("kill", "-INT", Long.toString(process.pid())).start();
        assertEquals(0, kill.waitFor());
      }
    }

    int end() throws Exception {
      reader.lines().forEach(lines::add);
      return process.waitFor();
    }

    boolean says(String text) {
      return lines.stream().anyMatch(line -> line.contains(text));
    }

    @Override
    public String toString() {
      return String.join("\n", lines);
    }
  }
}
