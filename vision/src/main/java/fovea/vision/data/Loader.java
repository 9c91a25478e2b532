package fovea.vision.data;

import fovea.core.array.Rng;
import fovea.core.array.Shape;
import fovea.core.tensor.Tensor;
import fovea.core.train.Batches;
import java.util.Iterator;
import java.util.NoSuchElementException;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/// Hands a set out in batches. Images are decoded and resized by several threads when first needed,
/// and kept as bytes where all of them fit into a quarter of the Java heap; they become floats only
/// in the batch.
public final class Loader implements Batches<Batch> {
  private final Dataset data;
  private final Preprocessing preprocessing;
  private final int batch;
  private final @Nullable Rng shuffle;
  private final @Nullable AtomicReferenceArray<byte @Nullable []> kept;

  private Loader(Dataset data, Preprocessing preprocessing, int batch, @Nullable Rng shuffle) {
    if (batch < 1) {
      throw new IllegalArgumentException("a batch has at least 1 image, not " + batch);
    }
    this.data = data;
    this.preprocessing = preprocessing;
    this.batch = batch;
    this.shuffle = shuffle;
    long bytes = (long) data.size() * imageBytes();
    this.kept =
        bytes < Runtime.getRuntime().maxMemory() / 4
            ? new AtomicReferenceArray<>(data.size())
            : null;
  }

  /// In another order each epoch, a function of the generator and the epoch alone. The last batch
  /// may be smaller.
  public static Loader shuffled(Dataset data, Preprocessing preprocessing, int batch, Rng shuffle) {
    return new Loader(data, preprocessing, batch, shuffle);
  }

  /// In the set's order. The last batch may be smaller.
  public static Loader inOrder(Dataset data, Preprocessing preprocessing, int batch) {
    return new Loader(data, preprocessing, batch, null);
  }

  @Override
  public int count() {
    return (data.size() + batch - 1) / batch;
  }

  @Override
  public long samples() {
    return data.size();
  }

  @Override
  public Iterator<Batch> pass(long epoch, int from) {
    int[] order =
        shuffle == null
            ? IntStream.range(0, data.size()).toArray()
            : shuffle.split(epoch).permutation(data.size());
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
        int start = next * batch;
        next++;
        int n = Math.min(batch, order.length - start);
        return assemble(IntStream.range(start, start + n).map(i -> order[i]).toArray());
      }
    };
  }

  private Batch assemble(int... indices) {
    var images = new byte[indices.length][];
    IntStream.range(0, indices.length)
        .filter(i -> kept(indices[i]) == null)
        .parallel()
        .forEach(i -> images[i] = decode(indices[i]));
    var labels = new int[indices.length];
    for (int i = 0; i < indices.length; i++) {
      var known = kept(indices[i]);
      if (known != null) {
        images[i] = known;
      }
      labels[i] = data.label(indices[i]);
    }
    return new Batch(
        preprocessing.batch(images), Tensor.of(labels, Shape.of(labels.length)), indices);
  }

  private byte @Nullable [] kept(int index) {
    return kept == null ? null : kept.get(index);
  }

  private byte[] decode(int index) {
    var pixels = preprocessing.pixels(data, index);
    if (kept != null) {
      kept.set(index, pixels);
    }
    return pixels;
  }

  private int imageBytes() {
    return preprocessing.channels() * preprocessing.height() * preprocessing.width();
  }
}
