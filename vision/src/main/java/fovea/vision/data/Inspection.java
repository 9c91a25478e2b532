package fovea.vision.data;

import fovea.core.FoveaException;
import fovea.vision.annotation.Annotations;
import fovea.vision.annotation.Instance;
import fovea.vision.annotation.LabelMap;
import fovea.vision.annotation.Mask;
import fovea.vision.annotation.Visibility;
import fovea.vision.image.Image;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongConsumer;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/// What is in a data set: every image of every part is decoded once.
///
/// @param parts by what they are for: `"train"`, perhaps `"validation"`, `"test"`
/// @param overlaps images that are in more than one part, pixel by pixel
public record Inspection(Map<String, PartFacts> parts, List<Same> overlaps) {

  /// What is in a part.
  ///
  /// @param images how many there are
  /// @param perClass how many images have each class; for things, how many show one
  /// @param heights the least, the middle and the greatest, in pixels
  /// @param widths the least, the middle and the greatest, in pixels
  /// @param grey how many images have one channel
  /// @param mean of red, green and blue, on the scale 0–1
  /// @param deviation of red, green and blue, on the scale 0–1
  /// @param broken what is wrong with images or annotations that cannot be used, by where they come
  ///   from
  /// @param duplicates images of this part that are there more than once, pixel by pixel
  /// @param things what is marked of each class; empty where nothing is
  public record PartFacts(
      int images,
      long[] perClass,
      int[] heights,
      int[] widths,
      int grey,
      double[] mean,
      double[] deviation,
      Map<String, String> broken,
      List<Same> duplicates,
      List<Things> things) {}

  /// Images with the same pixels, by the parts and sources they come from.
  public record Same(List<String> sources) {}

  /// What is marked of a class.
  ///
  /// @param count things, or in label maps pixels
  /// @param masks things with a mask
  /// @param keypoints things with a keypoint that is marked
  /// @param side the least, the middle and the greatest side of the square as large as a thing's
  ///   box, in pixels
  /// @param share of the pixels of all images with label maps, 0–1
  public record Things(long count, long masks, long keypoints, double[] side, double share) {}

  /// Looks at everything, by several threads.
  ///
  /// @param progress told from time to time how many images are done
  public static Inspection of(DataSplits data, LongConsumer progress) {
    var parts = new LinkedHashMap<String, Dataset>();
    parts.put("train", data.train());
    var validation = data.validation();
    if (validation != null) {
      parts.put("validation", validation);
    }
    parts.put("test", data.test());
    var done = new AtomicLong();
    var facts = new LinkedHashMap<String, PartFacts>();
    var seen = new HashMap<String, List<String>>();
    var where = new HashMap<String, List<String>>();
    parts.forEach(
        (name, part) -> {
          var looks =
              IntStream.range(0, part.size())
                  .parallel()
                  .mapToObj(
                      i -> {
                        var look = Look.at(part, i);
                        progress.accept(done.incrementAndGet());
                        return look;
                      })
                  .toList();
          facts.put(name, facts(part, looks));
          for (int i = 0; i < looks.size(); i++) {
            var hash = looks.get(i).hash;
            if (!hash.isEmpty()) {
              seen.computeIfAbsent(hash, _ -> new ArrayList<>()).add(part.source(i));
              var names = where.computeIfAbsent(hash, _ -> new ArrayList<>());
              if (!names.contains(name)) {
                names.add(name);
              }
            }
          }
        });
    var overlaps =
        seen.entrySet().stream()
            .filter(e -> where.getOrDefault(e.getKey(), List.of()).size() > 1)
            .map(e -> new Same(List.copyOf(e.getValue())))
            .sorted((a, b) -> a.sources.getFirst().compareTo(b.sources.getFirst()))
            .toList();
    return new Inspection(facts, overlaps);
  }

  /// What one look at an image gives.
  ///
  /// @param sums of each channel's values and of their squares
  /// @param hash of size and pixels; empty where there is no image
  /// @param annotations without label map and with marks in place of masks, so that not all of
  ///   these are in memory at once
  /// @param mapped how many pixels the label map has of each class; empty where there is none
  private record Look(
      int height,
      int width,
      boolean grey,
      long[] sums,
      String hash,
      @Nullable String broken,
      Annotations annotations,
      long[] mapped) {

    static Look at(Dataset data, int index) {
      Image image;
      try {
        image = data.image(index);
      } catch (FoveaException e) {
        return new Look(0, 0, false, new long[6], "", message(e), Annotations.NONE, new long[0]);
      }
      var sums = sums(image);
      var hash =
          new Fingerprint()
              .add(image.height())
              .add(image.width())
              .add(image.channels())
              .add(image.pixels())
              .hex();
      String broken = null;
      var annotations = Annotations.NONE;
      try {
        annotations = data.annotations(index);
        broken = misfit(image, annotations);
      } catch (FoveaException e) {
        broken = message(e);
      }
      return new Look(
          image.height(),
          image.width(),
          image.channels() == 1,
          sums,
          hash,
          broken,
          broken == null ? light(annotations) : Annotations.NONE,
          broken == null ? mapped(annotations.labelMap()) : new long[0]);
    }

    private static long[] mapped(@Nullable LabelMap map) {
      return map == null ? new long[0] : map.counts();
    }

    private static String message(FoveaException e) {
      return String.valueOf(e.getMessage());
    }

    /// Why annotations do not belong to this image; null if they do.
    private static @Nullable String misfit(Image image, Annotations annotations) {
      var map = annotations.labelMap();
      if (map != null && (map.height() != image.height() || map.width() != image.width())) {
        return "the label picture has %d×%d pixels, the image %d×%d"
            .formatted(map.height(), map.width(), image.height(), image.width());
      }
      for (var thing : annotations.instances()) {
        var box = thing.box();
        if (box != null && (box.right() > image.width() || box.bottom() > image.height())) {
          return "a box reaches to %s, %s, the image to %d, %d"
              .formatted(box.right(), box.bottom(), image.width(), image.height());
        }
        var mask = thing.mask();
        if (mask != null && (mask.height() != image.height() || mask.width() != image.width())) {
          return "a mask has %d×%d pixels, the image %d×%d"
              .formatted(mask.height(), mask.width(), image.height(), image.width());
        }
      }
      return null;
    }

    private static Annotations light(Annotations annotations) {
      return annotations
          .labelMap(null)
          .instances(
              annotations.instances().stream()
                  .map(t -> t.mask() == null ? t : t.mask(MARK))
                  .toList());
    }

    private static long[] sums(Image image) {
      var sums = new long[6];
      var pixels = image.pixels();
      int channels = image.channels();
      for (int p = 0; p < pixels.length; p++) {
        long value = pixels[p] & 0xFF;
        sums[p % channels] += value;
        sums[3 + p % channels] += value * value;
      }
      if (channels == 1) {
        sums[1] = sums[2] = sums[0];
        sums[4] = sums[5] = sums[3];
      }
      return sums;
    }
  }

  /// Says that there was a mask.
  private static final Mask MARK = Mask.of(1, 1, new BitSet());

  private static PartFacts facts(Dataset data, List<Look> looks) {
    var perClass = new long[data.classes().size()];
    var broken = new LinkedHashMap<String, String>();
    var sources = new LinkedHashMap<String, List<String>>();
    var sums = new double[6];
    double pixels = 0;
    int grey = 0;
    for (int i = 0; i < looks.size(); i++) {
      var look = looks.get(i);
      if (look.broken != null) {
        broken.put(data.source(i), look.broken);
      }
      if (look.hash.isEmpty()) {
        continue;
      }
      sources.computeIfAbsent(look.hash, _ -> new ArrayList<>()).add(data.source(i));
      grey += look.grey ? 1 : 0;
      pixels += (double) look.height * look.width;
      for (int c = 0; c < 6; c++) {
        sums[c] += look.sums[c];
      }
      classesOf(data, i, look).forEach(c -> perClass[c]++);
    }
    var mean = new double[3];
    var deviation = new double[3];
    for (int c = 0; c < 3; c++) {
      mean[c] = sums[c] / pixels / 255;
      deviation[c] = Math.sqrt(Math.max(0, sums[3 + c] / pixels / 255 / 255 - mean[c] * mean[c]));
    }
    var readable = looks.stream().filter(l -> !l.hash.isEmpty()).toList();
    return new PartFacts(
        data.size(),
        perClass,
        spread(readable.stream().mapToInt(Look::height).toArray()),
        spread(readable.stream().mapToInt(Look::width).toArray()),
        grey,
        mean,
        deviation,
        broken,
        sources.values().stream()
            .filter(s -> s.size() > 1)
            .map(s -> new Same(List.copyOf(s)))
            .toList(),
        things(data, looks));
  }

  private static IntStream classesOf(Dataset data, int index, Look look) {
    var annotations = look.annotations;
    return switch (data.task()) {
      case CLASSIFICATION -> IntStream.of(data.label(index));
      case MULTI_LABEL -> IntStream.of(annotations.labels());
      case REGRESSION -> IntStream.empty();
      case DETECTION, KEYPOINTS ->
          annotations.instances().stream().mapToInt(Instance::label).distinct();
      case SEGMENTATION ->
          IntStream.range(0, Math.min(look.mapped.length, data.classes().size()))
              .filter(c -> look.mapped[c] > 0);
    };
  }

  /// The least, the middle and the greatest.
  private static int[] spread(int... values) {
    Arrays.sort(values);
    return values.length == 0
        ? new int[3]
        : new int[] {values[0], values[values.length / 2], values[values.length - 1]};
  }

  private static List<Things> things(Dataset data, List<Look> looks) {
    int classes = data.classes().size();
    var sides = new ArrayList<List<Double>>();
    var masks = new long[classes];
    var keypoints = new long[classes];
    var count = new long[classes];
    var mapped = new long[classes];
    long pixels = 0;
    for (int c = 0; c < classes; c++) {
      sides.add(new ArrayList<>());
    }
    for (var look : looks) {
      for (var thing : look.annotations.instances()) {
        int c = thing.label();
        count[c]++;
        masks[c] += thing.mask() != null ? 1 : 0;
        keypoints[c] +=
            thing.keypoints().stream().anyMatch(k -> k.visibility() != Visibility.ABSENT) ? 1 : 0;
        var box = thing.box();
        if (box != null) {
          sides.get(c).add(Math.sqrt(box.area()));
        }
      }
      for (int c = 0; c < Math.min(classes, look.mapped.length); c++) {
        mapped[c] += look.mapped[c];
      }
      pixels += Arrays.stream(look.mapped).sum();
    }
    boolean maps = pixels > 0;
    if (!maps && Arrays.stream(count).allMatch(n -> n == 0)) {
      return List.of();
    }
    var things = new ArrayList<Things>();
    for (int c = 0; c < classes; c++) {
      var sorted = sides.get(c).stream().mapToDouble(d -> d).sorted().toArray();
      int n = sorted.length;
      things.add(
          new Things(
              maps ? mapped[c] : count[c],
              masks[c],
              keypoints[c],
              n == 0 ? new double[3] : new double[] {sorted[0], sorted[n / 2], sorted[n - 1]},
              maps ? (double) mapped[c] / pixels : 0));
    }
    return things;
  }
}
