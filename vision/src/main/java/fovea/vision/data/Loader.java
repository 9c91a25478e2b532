package fovea.vision.data;

import fovea.core.array.Rng;
import fovea.core.array.Shape;
import fovea.core.tensor.Tensor;
import fovea.core.train.Batches;
import fovea.vision.annotation.Annotations;
import fovea.vision.augment.Augmentations;
import fovea.vision.augment.Sample;
import fovea.vision.augment.Sample.Share;
import fovea.vision.image.Image;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Iterator;
import java.util.NoSuchElementException;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/// Hands a set out in batches. Images are decoded when first needed and kept as bytes, changed at
/// random if that is wanted, and become floats only in the batch. [Loading] says on which threads
/// and where they are kept; none of that changes a bit.
///
/// Where the task is another than classification, boxes, masks, keypoints and classes of pixels
/// come along ([Batch#targets]) and follow all that is done to their image, its resizing included.
public final class Loader implements Batches<Batch> {
  private final Dataset data;
  private final Preprocessing preprocessing;
  private final int batch;
  private final @Nullable Rng shuffle;
  private final Augmentations augmentations;
  private final Rng chance;
  private final Loading loading;
  private final boolean annotated;
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
      Loading loading,
      boolean annotated) {
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
    this.annotated = annotated;
    decoded = new DecodedImages(loading.cache(), data.size());
    threads = Prefetch.threads(loading.workers());
  }

  /// In another order each epoch, a function of the generator and the epoch alone. The last batch
  /// may be smaller.
  public static Loader shuffled(Dataset data, Preprocessing preprocessing, int batch, Rng shuffle) {
    return new Loader(
        data,
        preprocessing,
        batch,
        shuffle,
        Augmentations.NONE,
        shuffle,
        Loading.USUAL,
        data.task() != Task.CLASSIFICATION);
  }

  /// In the set's order. The last batch may be smaller.
  public static Loader inOrder(Dataset data, Preprocessing preprocessing, int batch) {
    return new Loader(
        data,
        preprocessing,
        batch,
        null,
        Augmentations.NONE,
        Rng.of(0),
        Loading.USUAL,
        data.task() != Task.CLASSIFICATION);
  }

  /// The same, with images changed at random: how, is a function of the generator, the epoch and
  /// the image's index alone.
  public Loader augment(Augmentations newAugmentations, Rng newChance) {
    return new Loader(
        data, preprocessing, batch, shuffle, newAugmentations, newChance, loading, annotated);
  }

  /// The same, brought in another way.
  public Loader loading(Loading newLoading) {
    return new Loader(
        data, preprocessing, batch, shuffle, augmentations, chance, newLoading, annotated);
  }

  /// The same with [Batch#targets] also where each image has a class, or without them although it
  /// has none.
  public Loader annotated(boolean wanted) {
    return new Loader(data, preprocessing, batch, shuffle, augmentations, chance, loading, wanted);
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

  @Override
  public Iterator<Batch> pass(long epoch, int from) {
    int[] order =
        shuffle == null
            ? IntStream.range(0, data.size()).toArray()
            : shuffle.split(epoch).permutation(data.size());
    var prefetch =
        new Prefetch<Sample>(
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

  private Sample item(int index, long epoch) {
    return augmentations.isEmpty()
        ? decoded.get(index, () -> fitted(index))
        : apply(
            augmentations,
            decoded.get(index, () -> whole(index)),
            chance.split(epoch).split(index));
  }

  private Sample apply(Augmentations steps, Sample sample, Rng rng) {
    return steps.apply(
        sample,
        preprocessing.height(),
        preprocessing.width(),
        data.keypointNames(),
        rng,
        own -> {
          requireMixable();
          int other = own.nextInt(data.size());
          return decoded.get(other, () -> whole(other));
        });
  }

  /// A mixture has shares of classes, of which each image has one; things in an image keep theirs.
  private void requireMixable() {
    if (data.task() == Task.MULTI_LABEL || data.task() == Task.REGRESSION) {
      throw new DataException(
          "%s: mixup, cutmix and mosaic mix images that have one class each, or things in them; these have %s, so leave them out"
              .formatted(
                  data.name(),
                  data.task() == Task.REGRESSION
                      ? "numbers that are to be predicted"
                      : "several classes at once"));
    }
  }

  /// A sample in the size that the network takes.
  private Sample fitted(int index) {
    return annotated
        ? apply(Augmentations.NONE, whole(index), chance)
        : sample(preprocessing.fitted(data, index), Annotations.NONE, index);
  }

  /// A sample in its own size, with the channels that are wanted.
  private Sample whole(int index) {
    var image = preprocessing.coloured(data, index);
    var said = annotated ? data.annotations(index) : Annotations.NONE;
    var map = said.labelMap();
    if (map != null) {
      requireSize("label map", map.height(), map.width(), image, index);
    }
    for (var instance : said.instances()) {
      var mask = instance.mask();
      if (mask != null) {
        requireSize("mask", mask.height(), mask.width(), image, index);
      }
    }
    return sample(image, said, index);
  }

  private void requireSize(String what, int height, int width, Image image, int index) {
    if (height != image.height() || width != image.width()) {
      throw new DataException(
          "%s has %d×%d pixels, but its %s %d×%d: both must be of one size (a photograph may have been turned by its EXIF orientation)"
              .formatted(data.source(index), image.height(), image.width(), what, height, width));
    }
  }

  private Sample sample(Image image, Annotations said, int index) {
    int label = data.label(index);
    return label == Dataset.NO_LABEL ? Sample.of(image, said) : Sample.of(image, said, label);
  }

  private Batch assemble(AtomicReferenceArray<Sample> samples, int... indices) {
    int n = indices.length;
    var pixels = new byte[n][];
    var labels = new int[n];
    var said = new ArrayList<Annotations>();
    boolean mixed = false;
    for (int i = 0; i < n; i++) {
      var sample = samples.get(i);
      pixels[i] = sample.image().pixels();
      // Of a mixture, what there is most of.
      labels[i] =
          sample.labels().stream()
              .max(Comparator.comparingDouble(Share::share))
              .map(Share::label)
              .orElse(Dataset.NO_LABEL);
      mixed |= sample.labels().size() > 1;
      said.add(sample.annotations());
    }
    return new Batch(
        preprocessing.batch(pixels),
        Tensor.of(labels, Shape.of(n)),
        mixed ? shares(samples, n) : null,
        annotated
            ? new Targets(
                said,
                data.classes().size(),
                data.keypointNames(),
                preprocessing.height(),
                preprocessing.width())
            : null,
        indices);
  }

  private Tensor shares(AtomicReferenceArray<Sample> samples, int n) {
    int classes = data.classes().size();
    var shares = new float[n * classes];
    for (int i = 0; i < n; i++) {
      for (var share : samples.get(i).labels()) {
        shares[i * classes + share.label()] += (float) share.share();
      }
    }
    return Tensor.of(shares, Shape.of(n, classes));
  }
}
