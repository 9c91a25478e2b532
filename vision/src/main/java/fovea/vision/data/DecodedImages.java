package fovea.vision.data;

import fovea.vision.image.Image;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// Keeps images as bytes once they are decoded, as far as there is room.
final class DecodedImages {
  private sealed interface Kept {}

  private record InMemory(Image image) implements Kept {}

  private record OnDisk(long at, int height, int width, int channels) implements Kept {}

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

  Image get(int index, Supplier<Image> decode) {
    if (kept == null) {
      return decode.get();
    }
    return switch (kept.get(index)) {
      case InMemory in -> in.image;
      case OnDisk on -> read(on, decode);
      case null -> {
        var image = decode.get();
        var place = keep(image);
        if (place != null) {
          kept.set(index, place);
        }
        yield image;
      }
    };
  }

  private @Nullable Kept keep(Image image) {
    int bytes = image.pixels().length;
    if (room.addAndGet(-bytes) >= 0) {
      return new InMemory(image);
    }
    room.addAndGet(bytes);
    return spills ? write(image) : null;
  }

  private @Nullable Kept write(Image image) {
    var pixels = image.pixels();
    try {
      var channel = file();
      if (channel == null) {
        return null;
      }
      long at = end.getAndAdd(pixels.length);
      var buffer = ByteBuffer.wrap(pixels);
      while (buffer.hasRemaining()) {
        channel.write(buffer, at + buffer.position());
      }
      return new OnDisk(at, image.height(), image.width(), image.channels());
    } catch (IOException e) {
      giveUp(e);
      return null;
    }
  }

  private Image read(OnDisk on, Supplier<Image> decode) {
    var pixels = new byte[on.height * on.width * on.channels];
    var buffer = ByteBuffer.wrap(pixels);
    try {
      var channel = file();
      while (channel != null && buffer.hasRemaining()) {
        if (channel.read(buffer, on.at + buffer.position()) < 0) {
          break;
        }
      }
    } catch (IOException e) {
      giveUp(e);
    }
    return buffer.hasRemaining()
        ? decode.get()
        : new Image(on.height, on.width, on.channels, pixels);
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
