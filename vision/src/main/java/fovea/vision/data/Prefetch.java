package fovea.vision.data;

import java.util.ArrayDeque;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.function.IntFunction;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/// Prepares the samples of the next batches on other threads, in any order; they are taken in
/// theirs. Who takes a batch helps with what is left of it, on all cores.
final class Prefetch<T> {
  /// Batches prepared beyond the one that is taken.
  private static final int AHEAD = 2;

  private static final long IDLE_SECONDS = 5;

  /// One batch under way: each of its samples is taken up by one thread.
  private final class Work {
    private final int batch;
    private final int n;
    private final AtomicInteger next = new AtomicInteger();
    private final CountDownLatch left;
    private final AtomicReferenceArray<T> done;
    private volatile @Nullable Throwable failure;

    Work(int batch) {
      this.batch = batch;
      n = sizes.apply(batch);
      left = new CountDownLatch(n);
      done = new AtomicReferenceArray<>(n);
    }

    void run() {
      for (int i = next.getAndIncrement(); i < n; i = next.getAndIncrement()) {
        try {
          done.set(i, samples.make(batch, i));
        } catch (RuntimeException | Error e) {
          failure = e; // for the thread that takes the batch
        } finally {
          left.countDown();
        }
      }
    }
  }

  /// Makes sample `i` of a batch.
  interface Samples<T> {
    T make(int batch, int i);
  }

  private final int workers;
  private final Executor threads;
  private final IntFunction<Integer> sizes;
  private final Samples<T> samples;
  private final ArrayDeque<Work> under = new ArrayDeque<>();
  private final int end;
  private int scheduled;

  /// @param threads run the workers
  /// @param from the first batch
  /// @param end after the last batch
  /// @param sizes how many samples a batch has
  Prefetch(
      int workers,
      Executor threads,
      int from,
      int end,
      IntFunction<Integer> sizes,
      Samples<T> samples) {
    this.workers = workers;
    this.threads = threads;
    this.sizes = sizes;
    this.samples = samples;
    this.end = end;
    scheduled = from;
  }

  /// Threads that end when they have nothing to do for a while, so that nobody needs to end them.
  static Executor threads(int workers) {
    var threads =
        new ThreadPoolExecutor(
            Math.max(1, workers),
            Math.max(1, workers),
            IDLE_SECONDS,
            TimeUnit.SECONDS,
            new LinkedBlockingQueue<>(),
            Thread.ofPlatform().daemon().name("fovea-loader-", 0).factory());
    threads.allowCoreThreadTimeOut(true);
    return threads;
  }

  /// The samples of the next batch, whose number the caller knows.
  ///
  /// @throws RuntimeException what making one of them threw
  AtomicReferenceArray<T> take() {
    schedule(1);
    var work = under.removeFirst();
    if (workers > 0) {
      schedule(AHEAD);
    }
    int left = work.n - Math.min(work.n, work.next.get());
    if (left > 0) {
      int helpers = Math.min(left, Runtime.getRuntime().availableProcessors());
      IntStream.range(0, helpers).parallel().forEach(_ -> work.run());
    }
    boolean interrupted = false;
    while (true) {
      try {
        work.left.await();
        break;
      } catch (InterruptedException e) {
        interrupted = true; // the batch is nearly done; the interruption is for who asked for it
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
    switch (work.failure) {
      case null -> {}
      case RuntimeException e -> throw e;
      case Error e -> throw e;
      case Throwable e -> throw new IllegalStateException(e);
    }
    return work.done;
  }

  private void schedule(int atLeast) {
    while (under.size() < atLeast && scheduled < end) {
      var work = new Work(scheduled++);
      under.add(work);
      for (int i = 0; i < workers; i++) {
        threads.execute(work::run);
      }
    }
  }
}
