package fovea.vision.data;

import fovea.vision.annotation.Annotations;
import fovea.vision.annotation.LabelMap;
import fovea.vision.augment.Sample;
import fovea.vision.augment.Sample.Share;
import fovea.vision.image.Image;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// Keeps images as bytes once they are decoded, and what is said of them, as far as there is room.
final class DecodedImages {
  private sealed interface Kept {}

  private record InMemory(Sample sample) implements Kept {}

  /// @param rest what is said, but for the label map
  /// @param mapped whether a label map follows the image
  private record OnDisk(
      long at,
      int height,
      int width,
      int channels,
      boolean mapped,
      Annotations rest,
      List<Share> labels)
      implements Kept {}

  /// What an instance takes besides its mask, roughly: a box and some keypoints.
  private static final int INSTANCE = 256;

  private final @Nullable AtomicReferenceArray<Kept> kept;
  private final AtomicLong room = new AtomicLong(Runtime.getRuntime().maxMemory() / 4);
  private final boolean spills;
  private final AtomicLong end = new AtomicLong();
  private @Nullable FileChannel file;
  private boolean full;

  DecodedImages(Loading.Cache cache, int size) {
    kept = cache == Loading.Cache.NONE ? null : new AtomicReferenceArray<>(size);
    spills = cache == Loading.Cache.DISK;
  }

  Sample get(int index, Supplier<Sample> decode) {
    if (kept == null) {
      return decode.get();
    }
    return switch (kept.get(index)) {
      case InMemory in -> in.sample;
      case OnDisk on -> read(on, decode);
      case null -> {
        var sample = decode.get();
        var place = keep(sample);
        if (place != null) {
          kept.set(index, place);
        }
        yield sample;
      }
    };
  }

  private @Nullable Kept keep(Sample sample) {
    long bytes = size(sample);
    if (room.addAndGet(-bytes) >= 0) {
      return new InMemory(sample);
    }
    room.addAndGet(bytes);
    // Masks would stay in memory all the same.
    boolean masked =
        sample.annotations().instances().stream().anyMatch(thing -> thing.mask() != null);
    return spills && !masked ? write(sample) : null;
  }

  private static long size(Sample sample) {
    var said = sample.annotations();
    var map = said.labelMap();
    long bytes = (long) sample.image().pixels().length + (map == null ? 0 : map.labels().length);
    for (var thing : said.instances()) {
      var mask = thing.mask();
      bytes += INSTANCE + (mask == null ? 0 : (long) mask.height() * mask.width() / Byte.SIZE);
    }
    return bytes;
  }

  private @Nullable Kept write(Sample sample) {
    var image = sample.image();
    var map = sample.annotations().labelMap();
    int labels = map == null ? 0 : map.labels().length;
    try {
      var channel = file();
      if (channel == null) {
        return null;
      }
      long at = end.getAndAdd((long) image.pixels().length + labels);
      write(channel, image.pixels(), at);
      if (map != null) {
        write(channel, map.labels(), at + image.pixels().length);
      }
      return new OnDisk(
          at,
          image.height(),
          image.width(),
          image.channels(),
          map != null,
          sample.annotations().labelMap(null),
          sample.labels());
    } catch (IOException e) {
      giveUp(e);
      return null;
    }
  }

  private static void write(FileChannel channel, byte[] bytes, long at) throws IOException {
    var buffer = ByteBuffer.wrap(bytes);
    while (buffer.hasRemaining()) {
      channel.write(buffer, at + buffer.position());
    }
  }

  private Sample read(OnDisk on, Supplier<Sample> decode) {
    int area = on.height * on.width;
    var pixels = new byte[area * on.channels];
    var labels = new byte[on.mapped ? area : 0];
    try {
      var channel = file();
      if (channel != null
          && read(channel, pixels, on.at)
          && read(channel, labels, on.at + pixels.length)) {
        var map = on.mapped ? new LabelMap(on.height, on.width, labels) : null;
        return new Sample(
            new Image(on.height, on.width, on.channels, pixels), on.rest.labelMap(map), on.labels);
      }
    } catch (IOException e) {
      giveUp(e);
    }
    return decode.get();
  }

  private static boolean read(FileChannel channel, byte[] bytes, long at) throws IOException {
    var buffer = ByteBuffer.wrap(bytes);
    while (buffer.hasRemaining()) {
      if (channel.read(buffer, at + buffer.position()) < 0) {
        return false;
      }
    }
    return true;
  }

  private synchronized @Nullable FileChannel file() throws IOException {
    if (file == null && !full) {
      file =
          FileChannel.open(
              Files.createTempFile("fovea-images", null),
              StandardOpenOption.READ,
              StandardOpenOption.WRITE,
              StandardOpenOption.DELETE_ON_CLOSE);
    }
    return full ? null : file;
  }

  /// A cache is a convenience: without it all goes on, only slower.
  private synchronized void giveUp(IOException e) {
    if (!full) {
      full = true;
      System.getLogger("fovea")
          .log(
              System.Logger.Level.WARNING,
              "decoded images cannot be kept on disk any more, and are decoded anew: {0}",
              e.getMessage());
    }
  }
}
