package fovea.core.kernel;

/// Threads that work on parts of one loop.
public interface Team {
  /// One part of the work.
  @FunctionalInterface
  interface Part {
    /// Does part number `part`, counted from 0.
    void run(int part);
  }

  /// How many threads there are, for this thread's work.
  int threads();

  /// Runs all parts, each on some thread, and returns when all are done. What a part throws is
  /// thrown here, once all have ended.
  void run(int parts, Part body);

  /// This thread alone.
  Team ALONE =
      new Team() {
        @Override
        public int threads() {
          return 1;
        }

        @Override
        public void run(int parts, Part body) {
          for (int i = 0; i < parts; i++) {
            body.run(i);
          }
        }
      };
}
