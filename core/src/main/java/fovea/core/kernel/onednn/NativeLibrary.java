package fovea.core.kernel.onednn;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.nio.file.StandardCopyOption.ATOMIC_MOVE;
import static java.nio.file.StandardCopyOption.REPLACE_EXISTING;

import fovea.core.FoveaException;
import fovea.core.kernel.CacheFolder;
import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.SymbolLookup;
import java.net.JarURLConnection;
import java.net.URL;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// Finds oneDNN's library and loads it, once.
///
/// It comes from the folder that the system property `fovea.onednn` names or, where that is not
/// set, out of the jar of `org.bytedeco:dnnl` for this platform; then it is unpacked into a cache
/// folder of the user, to be found there next time.
final class NativeLibrary {
  private static @Nullable SymbolLookup symbols;
  private static int threads;

  private NativeLibrary() {}

  /// What a platform's jar calls its files: the libraries that oneDNN needs, then oneDNN.
  private record Platform(String name, List<String> files) {
    static Platform current() {
      var os = System.getProperty("os.name", "").toLowerCase(Locale.ROOT);
      var arch =
          switch (System.getProperty("os.arch", "")) {
            case "amd64", "x86_64" -> "x86_64";
            case "aarch64", "arm64" -> "arm64";
            default -> System.getProperty("os.arch", "");
          };
      if (os.startsWith("windows")) {
        return new Platform("windows-" + arch, List.of("dnnl.dll"));
      }
      if (os.startsWith("mac")) {
        var openMp = arch.equals("arm64") ? "libomp.dylib" : "libiomp5.dylib";
        return new Platform("macosx-" + arch, List.of(openMp, "libdnnl.3.dylib"));
      }
      return new Platform("linux-" + arch, List.of("libgomp.so.1", "libdnnl.so.3"));
    }

    String library() {
      return files.getLast();
    }
  }

  /// Where oneDNN's functions, and those of its OpenMP runtime, are.
  ///
  /// @throws FoveaException saying what is missing
  static synchronized SymbolLookup load() {
    if (symbols == null) {
      symbols = find();
    }
    return symbols;
  }

  /// How many threads there are for kernels.
  static synchronized int threads() {
    load();
    return threads;
  }

  private static SymbolLookup find() {
    var platform = Platform.current();
    var folder = System.getProperty("fovea.onednn");
    try {
      threads = wantedThreads();
      return folder != null ? open(platform, Path.of(folder)) : unpackAndOpen(platform);
    } catch (IOException e) {
      throw new FoveaException(
          "oneDNN for %s could not be unpacked: %s".formatted(platform.name, e), e);
    } catch (IllegalCallerException e) {
      throw new FoveaException(
          "oneDNN needs native access, which this Java was told to deny; start it with"
              + " --enable-native-access=fovea.core",
          e);
    }
  }

  // ---- loading

  @SuppressWarnings("restricted")
  private static SymbolLookup open(Platform platform, Path folder) {
    var library = folder.resolve(platform.library());
    if (!Files.isRegularFile(library)) {
      throw new FoveaException(
          "oneDNN for %s is missing: %s does not exist".formatted(platform.name, library));
    }
    setOpenMpEnvironment(threads);
    var lookups = new ArrayList<SymbolLookup>();
    try {
      for (var file : platform.files) {
        // A folder of one's own may leave OpenMP to the system.
        if (Files.isRegularFile(folder.resolve(file))) {
          lookups.addFirst(SymbolLookup.libraryLookup(folder.resolve(file), Arena.global()));
        }
      }
    } catch (IllegalArgumentException e) {
      throw new FoveaException(
          "oneDNN for %s could not be loaded from %s: %s"
              .formatted(platform.name, folder, e.getMessage()),
          e);
    }
    if (platform.name.startsWith("windows")) {
      try {
        lookups.add(SymbolLookup.libraryLookup("vcomp140.dll", Arena.global()));
      } catch (IllegalArgumentException e) {
        // Then oneDNN keeps the number of threads it has.
      }
    }
    return lookups.stream().reduce(SymbolLookup::or).orElseThrow();
  }

  private static int wantedThreads() {
    var property = System.getProperty("fovea.threads");
    var variable = System.getenv("OMP_NUM_THREADS");
    if (property == null && variable != null) {
      // A list holds one number for each nesting level.
      property = variable.split(",", 2)[0].strip();
    }
    int processors = Runtime.getRuntime().availableProcessors();
    if (property == null) {
      return processors;
    }
    try {
      int n = Integer.parseInt(property);
      if (n > 0) {
        return n;
      }
    } catch (NumberFormatException e) {
      // Falls through to the one message for all that is no number of threads.
    }
    throw new FoveaException(
        "fovea.threads=%s is not a number of threads; this machine has %d processors"
            .formatted(property, processors));
  }

  /// OpenMP reads its settings from the environment when it is loaded. How long an idle thread
  /// spins before it sleeps matters most. Measured on two cores: not at all makes a chain of small
  /// kernels twice as slow; as long as libgomp does by itself (300,000 rounds, 8 ms) stops
  /// everything when another process wants a core; a thousand rounds (26 µs) is as fast alone and
  /// much better in company. Settings that the user made are left alone.
  private static void setOpenMpEnvironment(int threads) {
    setDefault("OMP_NUM_THREADS", Integer.toString(threads), List.of("OMP_NUM_THREADS"));
    setDefault("GOMP_SPINCOUNT", "1000", List.of("GOMP_SPINCOUNT", "OMP_WAIT_POLICY"));
  }

  @SuppressWarnings("restricted")
  private static void setDefault(String name, String value, List<String> unless) {
    if (unless.stream().anyMatch(v -> System.getenv(v) != null)) {
      return;
    }
    var linker = Linker.nativeLinker();
    var setenv = linker.defaultLookup().find("setenv");
    if (setenv.isEmpty()) {
      return; // Windows
    }
    var type = FunctionDescriptor.of(JAVA_INT, ADDRESS, ADDRESS, JAVA_INT);
    try (var arena = Arena.ofConfined()) {
      int _ =
          (int)
              linker
                  .downcallHandle(setenv.get(), type)
                  .invokeExact(arena.allocateFrom(name), arena.allocateFrom(value), 0);
    } catch (Throwable t) {
      throw new AssertionError("setenv could not be called", t);
    }
  }

  // ---- unpacking

  /// A file inside a jar (or in a folder of the class path).
  private record Resource(URL url, long size, long checksum) {
    static Resource of(URL url) throws IOException {
      var connection = url.openConnection();
      connection.setUseCaches(false);
      if (connection instanceof JarURLConnection inJar) {
        try (var jar = inJar.getJarFile()) {
          var entry = jar.getEntry(inJar.getEntryName());
          return new Resource(url, entry.getSize(), entry.getCrc());
        }
      }
      return new Resource(url, connection.getContentLengthLong(), 0);
    }

    InputStream open() throws IOException {
      var connection = url.openConnection();
      connection.setUseCaches(false);
      return connection.getInputStream();
    }
  }

  private static SymbolLookup unpackAndOpen(Platform platform) throws IOException {
    var resources = new ArrayList<Resource>();
    for (var file : platform.files) {
      var path = "org/bytedeco/dnnl/" + platform.name + "/" + file;
      var url = find(path);
      if (url == null) {
        throw new FoveaException(
            ("oneDNN for %s is missing: %s is not on the class path; add"
                    + " org.bytedeco:dnnl:3.11-1.5.13 with classifier %s")
                .formatted(platform.name, path, platform.name));
      }
      resources.add(Resource.of(url));
    }
    var library = resources.getLast();
    var name = "onednn-%s-%d-%08x".formatted(platform.name, library.size, library.checksum);
    var cache = CacheFolder.path();
    if (cache != null) {
      try {
        var folder = Files.createDirectories(cache.resolve(name));
        unpack(resources, platform, folder);
        return open(platform, folder);
      } catch (IOException e) {
        // A home that cannot be written to: a folder for this process alone will do.
      }
    }
    var folder = Files.createTempDirectory(name);
    try {
      unpack(resources, platform, folder);
      return open(platform, folder);
    } finally {
      // Where the system lets go of the names of loaded files, nothing stays behind.
      for (var file : platform.files) {
        delete(folder.resolve(file));
      }
      delete(folder);
    }
  }

  private static void delete(Path path) {
    try {
      Files.deleteIfExists(path);
    } catch (IOException e) {
      path.toFile().deleteOnExit();
    }
  }

  private static @Nullable URL find(String path) {
    var loaders = new ArrayList<ClassLoader>();
    loaders.add(NativeLibrary.class.getClassLoader());
    var context = Thread.currentThread().getContextClassLoader();
    if (context != null) {
      loaders.add(context);
    }
    loaders.add(ClassLoader.getSystemClassLoader());
    for (var loader : loaders) {
      var url = loader.getResource(path);
      if (url != null) {
        return url;
      }
    }
    return null;
  }

  /// Writes each file unless it lies there already. It appears whole or not at all, however many
  /// processes do this at once.
  private static void unpack(List<Resource> resources, Platform platform, Path folder)
      throws IOException {
    for (int i = 0; i < resources.size(); i++) {
      var resource = resources.get(i);
      var to = folder.resolve(platform.files.get(i));
      if (Files.isRegularFile(to) && Files.size(to) == resource.size) {
        continue;
      }
      var part = Files.createTempFile(folder, platform.files.get(i) + "-", ".part");
      try {
        try (var in = resource.open()) {
          Files.copy(in, part, REPLACE_EXISTING);
        }
        try {
          Files.move(part, to, ATOMIC_MOVE);
        } catch (AtomicMoveNotSupportedException e) {
          Files.move(part, to, REPLACE_EXISTING);
        }
      } finally {
        Files.deleteIfExists(part);
      }
    }
  }
}
