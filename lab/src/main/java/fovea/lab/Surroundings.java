package fovea.lab;

import fovea.lab.peer.OnnxModelMain;
import fovea.lab.peer.Unavailable;
import fovea.lab.work.Op;
import fovea.lab.work.Work;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;

/// Where the benchmark runs: the checkout, folders for what it writes, a Python with PyTorch.
final class Surroundings {
  private final Path root;
  private final Path target;
  private final Map<String, @Nullable String> pythons = new LinkedHashMap<>();

  /// @param root of the checkout
  Surroundings(Path root) throws IOException {
    this.root = root;
    target = root.resolve("lab/target/bench");
    Files.createDirectories(logs());
  }

  Path root() {
    return root;
  }

  /// Where children write what they have to say besides answers.
  Path logs() {
    return target.resolve("logs");
  }

  /// The rows finished so far, for when a run is interrupted.
  Path partialResults() {
    return target.resolve("results.json");
  }

  /// A command that runs a class of the lab.
  List<String> java(List<String> options, String mainClass, String... arguments) {
    var command = new ArrayList<String>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    // As the launcher starts Fovea; the same for all that run on Java.
    command.add("-XX:+UseParallelGC");
    command.add("-XX:MaxNewSize=128m");
    command.add("--add-modules=jdk.incubator.vector");
    command.add("-Djdk.incubator.vector.VECTOR_ACCESS_OOB_CHECK=0");
    command.add("--enable-native-access=ALL-UNNAMED");
    // DJL calls the deprecated parts of Unsafe.
    command.add("--sun-misc-unsafe-memory-access=allow");
    // Native libraries are unpacked once, below the checkout; and nobody reports home.
    command.add("-Dorg.bytedeco.javacpp.cachedir=" + target.resolve("javacpp"));
    command.add("-Dorg.bytedeco.javacpp.maxbytes=0");
    command.add("-Dorg.bytedeco.javacpp.maxphysicalbytes=0");
    command.add("-DDJL_CACHE_DIR=" + target.resolve("djl"));
    command.add("-DENGINE_CACHE_DIR=" + target.resolve("djl"));
    command.add("-DOPT_OUT_TRACKING=true");
    command.add("-Dai.djl.offline=true");
    command.add("-D" + OnnxModelMain.FOLDER + "=" + target.resolve("models"));
    command.addAll(options);
    command.add("-cp");
    command.add(System.getProperty("java.class.path"));
    command.add(mainClass);
    command.addAll(List.of(arguments));
    return command;
  }

  /// A command that runs PyTorch's side.
  ///
  /// @throws Unavailable where there is no PyTorch
  List<String> python() throws IOException {
    var chosen = System.getenv("FOVEA_BENCH_PYTHON");
    var python = chosen == null || chosen.isEmpty() ? "python3" : chosen;
    if (!pythons.containsKey(python)) {
      pythons.put(python, whyNoTorch(python));
    }
    var why = pythons.get(python);
    if (why != null) {
      throw new Unavailable(why);
    }
    return List.of(
        python, root.resolve("lab/peers/torch_peer.py").toString(), writeWorks().toString());
  }

  private static @Nullable String whyNoTorch(String python) {
    var hint = "set FOVEA_BENCH_PYTHON to a Python that has PyTorch";
    try {
      var process =
          new ProcessBuilder(python, "-c", "import torch")
              .redirectErrorStream(true)
              .redirectOutput(ProcessBuilder.Redirect.DISCARD)
              .start();
      if (!process.waitFor(2, TimeUnit.MINUTES)) {
        process.destroyForcibly();
        return "`" + python + " -c \"import torch\"` does not end; " + hint;
      }
      return process.exitValue() == 0
          ? null
          : "`" + python + " -c \"import torch\"` fails; " + hint;
    } catch (IOException e) {
      return "cannot run `" + python + "`; " + hint;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return "interrupted";
    }
  }

  /// Describes all works to those who do not speak Java.
  private Path writeWorks() throws IOException {
    var file = target.resolve("works.json");
    var works = Work.all().stream().map(Surroundings::describe).toList();
    Files.writeString(file, JsonMapper.shared().writeValueAsString(works), StandardCharsets.UTF_8);
    return file;
  }

  private static Map<String, Object> describe(Work work) {
    var map = new LinkedHashMap<String, Object>();
    map.put("name", work.name());
    map.put("task", work.task().name());
    map.put("batch", work.batch());
    map.put("classes", work.classes());
    map.put("sgd", work.sgd());
    var net = work.network();
    if (net != null) {
      map.put("input", work.inputShape());
      map.put("labels", work.labelShape());
      map.put("steps", net.steps().stream().map(Surroundings::describe).toList());
    }
    return map;
  }

  private static Map<String, Object> describe(Op.Step step) {
    var map = new LinkedHashMap<String, Object>();
    map.put("op", step.op().word());
    map.put("inputs", step.inputs());
    for (var component : step.op().getClass().getRecordComponents()) {
      try {
        map.put(component.getName(), component.getAccessor().invoke(step.op()));
      } catch (ReflectiveOperationException e) {
        throw new IllegalStateException(e);
      }
    }
    return map;
  }

  /// The commit that is measured, with a + where the tree has changes; `unknown` outside Git.
  String commit() {
    var commit = git("rev-parse", "--short", "HEAD");
    if (commit.isEmpty()) {
      return "unknown";
    }
    return git("status", "--porcelain", "--untracked-files=no").isEmpty() ? commit : commit + "+";
  }

  private String git(String... arguments) {
    var command = new ArrayList<>(List.of("git", "-C", root.toString()));
    command.addAll(List.of(arguments));
    try {
      var process =
          new ProcessBuilder(command)
              .redirectError(ProcessBuilder.Redirect.to(new File("/dev/null")))
              .start();
      return new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
    } catch (IOException e) {
      return "";
    }
  }
}
