package fovea.app;

import fovea.core.Version;
import fovea.core.kernel.CacheFolder;
import fovea.core.kernel.Kernels;
import fovea.core.memory.Memory;
import fovea.core.tensor.Precision;
import fovea.vision.run.Machine;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import tools.jackson.databind.JsonNode;

/// `fovea doctor`.
@Command(
    name = "doctor",
    header = "Show what Fovea computes with on this machine, and how fast.",
    description =
        "Shows the Java in use, the processor, the kernels, threads and memory, measures the speed for a second, and says what could be better.",
    footer = {"  fovea doctor", "  fovea doctor --threads 1", "  fovea doctor --json"})
final class DoctorCommand extends ComputingCommand {
  /// What matters for speed, of the long list that a processor gives.
  private static final Set<String> FEATURES =
      Set.of(
          "sse4_2",
          "avx",
          "avx2",
          "fma",
          "f16c",
          "avx512f",
          "avx512bw",
          "avx512_vnni",
          "avx512_bf16",
          "avx512_fp16",
          "avx_vnni",
          "amx_tile",
          "amx_int8",
          "amx_bf16",
          "asimd",
          "asimddp",
          "asimdhp",
          "bf16",
          "i8mm",
          "sve",
          "sve2");

  private static final String PLAIN = "plain Java";

  /// What a core does at least with native kernels, when nobody else keeps it busy.
  private static final double GIGAFLOPS_OF_A_CORE = 10;

  DoctorCommand(Console console) {
    super(console);
  }

  @Override
  public Integer call() {
    Warnings.keepSilent(); // They are shown as hints.
    console().pass("measuring …");
    var machine = Machine.current();
    var features = features();
    var kernels = Kernels.best().name();
    var speed = Speed.measure();
    var hints = hints(machine, kernels, speed);
    if (json()) {
      Json.print(console(), json(machine, features, kernels, speed, hints));
    } else {
      print(machine, features, kernels, speed);
      if (!hints.isEmpty()) {
        console().out().println();
        hints.forEach(hint -> console().out().println("hint: " + hint));
      }
    }
    return ExitCode.DONE;
  }

  private void print(Machine machine, List<String> features, String kernels, Speed speed) {
    var table = new Table("", "");
    table.row("fovea", Version.current());
    table.row("java", java());
    table.row("system", machine.os() + ", " + machine.arch());
    table.row(
        "processor",
        "%s, %s%s"
            .formatted(
                machine.cpu(),
                Text.count(machine.cores(), "core", "cores"),
                features.isEmpty() ? "" : ": " + String.join(" ", features)));
    table.row("kernels", kernels);
    table.row("threads", Integer.toString(Kernels.best().threads()));
    table.row(
        "bfloat16",
        Precision.BF16.isFast()
            ? "fast, so --precision bf16 is worth it; fovea bench says how much"
            : "slow: --precision bf16 would be slower than f32 here");
    table.row(
        "memory",
        "%s; up to %s for Java's heap, %s for tensors"
            .formatted(
                Memory.size(machine.memoryBytes()),
                Memory.size(Runtime.getRuntime().maxMemory()),
                Memory.size(Memory.budget())));
    table.row("cache", cache());
    table.row("speed", "matrix product, 32-bit: %s".formatted(speed.flops()));
    table.row("", "training lenet5 on batches of 64: %s".formatted(speed.steps()));
    table.print(console(), "");
  }

  private static String java() {
    return "%s, %s, %s"
        .formatted(
            Runtime.version(), System.getProperty("java.vm.name"), System.getProperty("java.home"));
  }

  private static List<String> features() {
    try (var lines = Files.lines(Path.of("/proc/cpuinfo"))) {
      return lines
          .filter(l -> l.startsWith("flags") || l.startsWith("Features"))
          .findFirst()
          .map(l -> List.of(l.substring(l.indexOf(':') + 1).strip().split(" ")))
          .orElse(List.of())
          .stream()
          .filter(FEATURES::contains)
          .toList();
    } catch (IOException | UncheckedIOException e) {
      return List.of(); // Only Linux has that file.
    }
  }

  /// Where native libraries are unpacked to.
  private static String cache() {
    var folder = CacheFolder.path();
    return folder == null ? "none, for this user has no home" : folder.toString();
  }

  private static List<String> hints(Machine machine, String kernels, Speed speed) {
    var hints = new ArrayList<String>();
    if (kernels.equals(PLAIN)) {
      hints.add(
          Warnings.seen().isEmpty()
              ? "computing is slow, because native kernels are switched off (-Dfovea.kernels=java)"
              : String.join("; ", Warnings.seen()));
    }
    // This very process has been busy for a second.
    var busy = busy(machine, machine.cores() + 1);
    if (busy != null) {
      hints.add(busy);
    }
    int threads = Kernels.best().threads();
    int used = Math.min(threads, machine.cores());
    if (!kernels.equals(PLAIN) && busy == null && speed.gigaflops() < GIGAFLOPS_OF_A_CORE * used) {
      hints.add(
          "matrix products are slower than such a processor should be; is it throttled, or shared?");
    }
    if (threads > machine.cores()) {
      hints.add(
          "there are more threads than cores, which slows down; leave out --threads and OMP_NUM_THREADS");
    }
    return hints;
  }

  /// What to say where more programs want to compute than `bearable`; `null` where they do not.
  static @Nullable String busy(Machine machine, double bearable) {
    double load = ManagementFactory.getOperatingSystemMXBean().getSystemLoadAverage();
    return load <= bearable
        ? null
        : String.format(
            Locale.ROOT,
            "other programs keep the processor busy (load %.1f on %s); alone it would be faster",
            load,
            Text.count(machine.cores(), "core", "cores"));
  }

  private static JsonNode json(
      Machine machine, List<String> features, String kernels, Speed speed, List<String> hints) {
    var json =
        Json.object()
            .put("fovea", Version.current())
            .put("java", Runtime.version().toString())
            .put("javaHome", System.getProperty("java.home"))
            .put("os", machine.os())
            .put("arch", machine.arch())
            .put("cpu", machine.cpu())
            .put("cores", machine.cores());
    var list = json.putArray("cpuFeatures");
    features.forEach(list::add);
    json.put("kernels", kernels)
        .put("threads", Kernels.best().threads())
        .put("fastBf16", Precision.BF16.isFast())
        .put("memoryBytes", machine.memoryBytes())
        .put("heapBytes", Runtime.getRuntime().maxMemory())
        .put("tensorBytes", Memory.budget())
        .put("cache", cache());
    json.set("matmulGigaflops", Json.number(speed.gigaflops()));
    json.set("lenet5StepsPerSecond", Json.number(speed.stepsPerSecond()));
    var lines = json.putArray("hints");
    hints.forEach(lines::add);
    return json;
  }
}
