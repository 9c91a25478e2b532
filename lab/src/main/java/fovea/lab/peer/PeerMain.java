package fovea.lab.peer;

import com.sun.management.ThreadMXBean;
import fovea.lab.work.Precision;
import fovea.lab.work.Work;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// A contestant's process. It reads requests from standard input, a line each, and answers with a
/// line; between requests it waits for input and does nothing else.
///
/// ```
/// version                                 → version <text>
/// prepare <work> <precision> <configuration> → ready <weights>
/// run <milliseconds>                      → times <milliseconds of each step done>
/// memory                                  → memory <peak resident MB> <Java heap bytes a step, or ->
/// quit
/// ```
///
/// Instead of an answer: `unavailable <why>`, `error <what>`. It ends when standard input does, so
/// that it never outlives the driver.
public final class PeerMain {
  private static final int MAX_STEPS = 1 << 20;

  private final Peer peer;
  private Peer.@Nullable Prepared prepared;
  private final double[] times = new double[MAX_STEPS];
  private long heapBytes;
  private long steps;

  private PeerMain(Peer peer) {
    this.peer = peer;
  }

  /// Answers until there are no more requests.
  ///
  /// @param args which contestant: `fovea`, `libtorch`, `onnxruntime`, `djl`
  public static void main(String[] args) throws IOException {
    // Whatever a library prints must not be taken for an answer.
    var answers = new PrintStream(System.out, true, StandardCharsets.UTF_8);
    System.setOut(System.err);
    var main = new PeerMain(named(args[0]));
    var requests = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    for (var line = requests.readLine();
        line != null && !line.equals("quit");
        line = requests.readLine()) {
      answers.println(main.answerSafely(line));
    }
    // Native libraries may have left threads behind.
    System.exit(0);
  }

  private static Peer named(String name) {
    return switch (name) {
      case "fovea" -> new FoveaPeer();
      case "libtorch" -> new LibTorchPeer();
      case "onnxruntime" -> new OnnxRuntimePeer();
      case "djl" -> new DjlPeer();
      default -> throw new IllegalArgumentException("there is no contestant \"" + name + "\"");
    };
  }

  // A missing native library is an Error; the driver is to hear of it, whatever it is.
  @SuppressWarnings("CatchAndPrintStackTrace")
  private String answerSafely(String line) {
    try {
      return answer(line);
    } catch (Unavailable e) {
      return "unavailable " + oneLine(e.getMessage());
    } catch (Exception | LinkageError | OutOfMemoryError e) {
      e.printStackTrace();
      return "error " + oneLine(String.valueOf(e));
    }
  }

  private static String oneLine(@Nullable String text) {
    return text == null ? "" : text.lines().findFirst().orElse("").strip();
  }

  private String answer(String line) throws Exception {
    var words = line.split(" ", -1);
    return switch (words[0]) {
      case "version" -> "version " + peer.version();
      case "prepare" -> {
        prepared =
            peer.prepare(Work.of(words[1]), Precision.of(words[2]), Configuration.of(words[3]));
        yield "ready " + prepared.weights();
      }
      case "run" -> run(Long.parseLong(words[1]));
      case "memory" ->
          "memory %s %s"
              .formatted(peakMegabytes(), steps == 0 ? "-" : Long.toString(heapBytes / steps));
      default -> throw new IllegalArgumentException("unknown request \"" + line + "\"");
    };
  }

  /// Steps until the time is over, at least one.
  private String run(long milliseconds) {
    var work = prepared;
    if (work == null) {
      throw new IllegalStateException("nothing is prepared");
    }
    var step = work.step();
    int n = 0;
    long heapBefore = allocated();
    long began = System.nanoTime();
    long end = began + milliseconds * 1_000_000;
    long now = began;
    do {
      step.run();
      long after = System.nanoTime();
      times[n++] = (after - now) * 1e-6;
      now = after;
    } while (now < end && n < MAX_STEPS);
    heapBytes = allocated() - heapBefore;
    steps = n;
    var out = new StringBuilder("times");
    for (int i = 0; i < n; i++) {
      out.append(String.format(Locale.ROOT, " %.5g", times[i]));
    }
    return out.toString();
  }

  /// Bytes that all threads have allocated on the Java heap so far.
  private static long allocated() {
    return ManagementFactory.getThreadMXBean() instanceof ThreadMXBean threads
        ? threads.getTotalThreadAllocatedBytes()
        : 0;
  }

  /// The most memory that was ever resident, as Linux counts it; `-` elsewhere.
  private static String peakMegabytes() throws IOException {
    var status = Path.of("/proc/self/status");
    if (!Files.exists(status)) {
      return "-";
    }
    return Files.readAllLines(status).stream()
        .filter(l -> l.startsWith("VmHWM:"))
        .map(l -> Arrays.stream(l.split("\\s+")).toList().get(1))
        .map(kilobytes -> Long.toString(Math.round(Long.parseLong(kilobytes) / 1024.0)))
        .findFirst()
        .orElse("-");
  }
}
