package fovea.vision.data;

import java.util.Locale;

/// How images are brought in. None of it changes a bit of what comes out.
///
/// @param workers threads that prepare the next batches while the present one is worked on; with 0,
///   all is done when a batch is asked for, then on all cores
/// @param cache where images stay once they are decoded
public record Loading(int workers, Cache cache) {

  /// Where decoded images stay. (Encoded ones stay in the operating system's cache of files as it
  /// is.)
  public enum Cache {
    /// Nowhere: each is decoded whenever it is needed.
    NONE,
    /// In memory, as many as fit into a quarter of the Java heap.
    MEMORY,
    /// In memory, and beyond that in a temporary file, which goes with the process.
    DISK;

    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /// A worker for each core that computing leaves free, and the cache in memory.
  public static final Loading USUAL = new Loading(freeCores(), Cache.MEMORY);

  public Loading {
    if (workers < 0 || workers > 1024) {
      throw new IllegalArgumentException("there are from 0 to 1024 workers, not " + workers);
    }
  }

  public Loading workers(int n) {
    return new Loading(n, cache);
  }

  public Loading cache(Cache other) {
    return new Loading(workers, other);
  }

  /// A thread that computes waits for the others at the end of each kernel, so a worker on one of
  /// its cores would hold up all of them.
  private static int freeCores() {
    int cores = Runtime.getRuntime().availableProcessors();
    return Math.max(0, cores - Integer.getInteger("fovea.threads", cores));
  }
}
