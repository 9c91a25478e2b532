package fovea.vision.data;

import fovea.core.array.Rng;
import fovea.core.array.Shape;
import fovea.core.tensor.Tensor;
import fovea.core.train.Batches;
import fovea.vision.annotation.Annotations;
import fovea.vision.augment.Augmentations;
import fovea.vision.augment.Sample;
import fovea.vision.augment.Sample.Share;
import java.util.Comparator;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/// Hands a set out in batches. Images are decoded when first needed and kept as bytes, changed at
/// random if that is wanted, and become floats only in the batch. [Loading] says on which threads
/// and where they are kept; none of that changes a bit.
public final class Loader implements Batches<Batch> {
  private final Dataset data;
  private final Preprocessing preprocessing;
  private final int batch;
  private final @Nullable Rng shuffle;
  private final Augmentations augmentations;
  private final Rng chance;
  private final Loading loading;
  private final DecodedImages decoded;
  private final Executor threads;
  private final AtomicLong waited = new AtomicLong();

  private Loader(
      Dataset data,
      Preprocessing preprocessing,
      int batch,
      @Nullable Rng shuffle,
      Augmentations augmentations,
      Rng chance,
      Loading loading) {
    if (batch < 1) {
      throw new IllegalArgumentException("a batch has at least 1 image, not " + batch);
    }
    this.data = data;
    this.preprocessing = preprocessing;
    this.batch = batch;
    this.shuffle = shuffle;
    this.augmentations = augmentations;
    this.chance = chance;
    this.loading = loading;
    decoded = new DecodedImages(loading.cache(), data.size());
    threads = Prefetch.threads(loading.workers());
  }

  /// In another order each epoch, a function of the generator and the epoch alone. The last batch
  /// may be smaller.
  public static Loader shuffled(Dataset data, Preprocessing preprocessing, int batch, Rng shuffle) {
    return new Loader(
        data, preprocessing, batch, shuffle, Augmentations.NONE, shuffle, Loading.USUAL);
  }

  /// In the set's order. The last batch may be smaller.
  public static Loader inOrder(Dataset data, Preprocessing preprocessing, int batch) {
    return new Loader(
        data, preprocessing, batch, null, Augmentations.NONE, Rng.of(0), Loading.USUAL);
  }

  /// The same, with images changed at random: how, is a function of the generator, the epoch and
  /// the image's index alone.
  public Loader augment(Augmentations newAugmentations, Rng newChance) {
    return new Loader(data, preprocessing, batch, shuffle, newAugmentations, newChance, loading);
  }

  /// The same, brought in another way.
  public Loader loading(Loading newLoading) {
    return new Loader(data, preprocessing, batch, shuffle, augmentations, chance, newLoading);
  }

  @Override
  public int count() {
    return (data.size() + batch - 1) / batch;
  }

  @Override
  public long samples() {
    return data.size();
  }

  /// How long batches were waited for, all together.
  public double secondsWaited() {
    return waited.get() * 1e-9;
  }

  /// What a batch is put together from.
  ///
  /// @param pixels fitted
  private record Item(byte[] pixels, List<Share> labels) {}

  @Override
  public Iterator<Batch> pass(long epoch, int from) {
    int[] order =
        shuffle == null
            ? IntStream.range(0, data.size()).toArray()
            : shuffle.split(epoch).permutation(data.size());
    var prefetch =
        new Prefetch<>(
            loading.workers(),
            threads,
            from,
            count(),
            b -> Math.min(batch, order.length - b * batch),
            (b, i) -> item(order[b * batch + i], epoch));
    return new Iterator<>() {
      private int next = from;

      @Override
      public boolean hasNext() {
        return next < count();
      }

      @Override
      public Batch next() {
        if (!hasNext()) {
          throw new NoSuchElementException("the pass has ended");
        }
        long began = System.nanoTime();
        int start = next++ * batch;
        var items = prefetch.take();
        var result =
            assemble(
                items, IntStream.range(start, start + items.length()).map(i -> order[i]).toArray());
        waited.addAndGet(System.nanoTime() - began);
        return result;
      }
    };
  }

  private Item item(int index, long epoch) {
    if (augmentations.isEmpty()) {
      var image = decoded.get(index, () -> preprocessing.fitted(data, index));
      return new Item(image.pixels(), List.of(new Share(data.label(index), 1)));
    }
    var sample =
        augmentations.apply(
            whole(index),
            preprocessing.height(),
            preprocessing.width(),
            List.of(),
            chance.split(epoch).split(index),
            rng -> whole(rng.nextInt(data.size())));
    return new Item(sample.image().pixels(), sample.labels());
  }

  /// A sample in its own size, with the channels that are wanted.
  private Sample whole(int index) {
    var image = decoded.get(index, () -> preprocessing.coloured(data, index));
    return Sample.of(image, Annotations.NONE, data.label(index));
  }

  private Batch assemble(AtomicReferenceArray<Item> items, int... indices) {
    int n = indices.length;
    var pixels = new byte[n][];
    var labels = new int[n];
    boolean mixed = false;
    for (int i = 0; i < n; i++) {
      var item = items.get(i);
      pixels[i] = item.pixels;
      // Of a mixture, what there is most of.
      labels[i] =
          item.labels.stream().max(Comparator.comparingDouble(Share::share)).orElseThrow().label();
      mixed |= item.labels.size() > 1;
    }
    return new Batch(
        preprocessing.batch(pixels),
        Tensor.of(labels, Shape.of(n)),
        mixed ? shares(items, n) : null,
        indices);
  }

  private Tensor shares(AtomicReferenceArray<Item> items, int n) {
    int classes = data.classes().size();
    var shares = new float[n * classes];
    for (int i = 0; i < n; i++) {
      for (var share : items.get(i).labels) {
        shares[i * classes + share.label()] += (float) share.share();
      }
    }
    return Tensor.of(shares, Shape.of(n, classes));
  }
}
