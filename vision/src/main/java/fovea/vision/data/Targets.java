package fovea.vision.data;

import fovea.core.FoveaException;
import fovea.core.array.NdArray;
import fovea.core.array.Shape;
import fovea.core.tensor.Tensor;
import fovea.vision.annotation.Annotations;
import fovea.vision.annotation.Box;
import fovea.vision.annotation.Instance;
import java.util.Arrays;
import java.util.List;

/// What is said of a batch's images: of the pixels that the network sees, after all that was done
/// to them.
///
/// [#annotations()] lists it image by image. The other methods make tensors of it, each of what a
/// task needs, when asked. Things are padded to as many as the image with the most of them has, `M`
/// (at least 1); [#labels()] says which are padding. Thing `m` of image `n` is
/// `annotations().get(n).instances().get(m)` in all of them.
///
/// @param annotations of each image, in the batch's order
/// @param classes how many classes the set has, `C`
/// @param keypointNames of a thing's keypoints, in their order; `K` of them
/// @param height of the images as the network sees them, in pixels
/// @param width of the images as the network sees them, in pixels
public record Targets(
    List<Annotations> annotations, int classes, List<String> keypointNames, int height, int width) {
  /// The label of what fills a row up.
  public static final int PADDING = -1;

  public Targets {
    annotations = List.copyOf(annotations);
    keypointNames = List.copyOf(keypointNames);
  }

  /// A class for each pixel: `[N, H, W]`, int32, with [LabelMap#IGNORE] where nobody is judged.
  ///
  /// @throws FoveaException if there is an image without a label map
  public Tensor labelMaps() {
    int pixels = height * width;
    var values = new int[Math.multiplyExact(annotations.size(), pixels)];
    for (int n = 0; n < annotations.size(); n++) {
      var map = annotations.get(n).labelMap();
      if (map == null) {
        throw new FoveaException(
            "image %d of the batch has no label map; they come with data for segmentation"
                .formatted(n));
      }
      var labels = map.labels();
      for (int p = 0, to = n * pixels; p < pixels; p++) {
        values[to + p] = labels[p] & 0xFF;
      }
    }
    return Tensor.of(values, Shape.of(annotations.size(), height, width));
  }

  /// The classes of things: `[N, M]`, int32, [#PADDING] where there is none.
  public Tensor labels() {
    int most = most();
    var values = new int[annotations.size() * most];
    Arrays.fill(values, PADDING);
    each((n, m, instance) -> values[n * most + m] = instance.label());
    return Tensor.of(values, Shape.of(annotations.size(), most));
  }

  /// The boxes of things: `[N, M, 4]`, float32, left, top, right and bottom in pixels; zeros where
  /// there is none. Of a thing with keypoints alone it is the smallest one around those that are
  /// marked.
  public Tensor boxes() {
    int most = most();
    var values = new float[annotations.size() * most * 4];
    each(
        (n, m, instance) -> {
          var box = box(instance);
          int at = 4 * (n * most + m);
          values[at] = (float) box.left();
          values[at + 1] = (float) box.top();
          values[at + 2] = (float) box.right();
          values[at + 3] = (float) box.bottom();
        });
    return Tensor.of(values, Shape.of(annotations.size(), most, 4));
  }

  private static Box box(Instance instance) {
    var box = instance.box();
    if (box != null) {
      return box;
    }
    var marked = instance.keypoints().stream().filter(k -> k.visibility().number() > 0).toList();
    return marked.isEmpty()
        ? new Box(0, 0, 0, 0)
        : new Box(
            marked.stream().mapToDouble(k -> k.x()).min().orElseThrow(),
            marked.stream().mapToDouble(k -> k.y()).min().orElseThrow(),
            marked.stream().mapToDouble(k -> k.x()).max().orElseThrow(),
            marked.stream().mapToDouble(k -> k.y()).max().orElseThrow());
  }

  /// The pixels of things: `[N, M, H, W]`, uint8, 1 where a pixel belongs to one.
  ///
  /// @throws FoveaException if there is a thing without a mask
  public Tensor masks() {
    int most = most();
    int pixels = height * width;
    var values = new byte[Math.multiplyExact(Math.multiplyExact(annotations.size(), most), pixels)];
    each(
        (n, m, instance) -> {
          var mask = instance.mask();
          if (mask == null) {
            throw new FoveaException(
                "thing %d of image %d of the batch has no mask; boxes() gives its box"
                    .formatted(m, n));
          }
          int to = (n * most + m) * pixels;
          mask.bits().stream().forEach(p -> values[to + p] = 1);
        });
    return Tensor.of(NdArray.of(values, Shape.of(annotations.size(), most, height, width)));
  }

  /// The keypoints of things: `[N, M, K, 3]`, float32, x and y in pixels and COCO's number of their
  /// visibility, see `Visibility#number`; zeros where there is none.
  public Tensor keypoints() {
    int most = most();
    int names = keypointNames.size();
    var values = new float[annotations.size() * most * names * 3];
    each(
        (n, m, instance) -> {
          int at = (n * most + m) * names * 3;
          for (var point : instance.keypoints()) {
            if (point.visibility().number() > 0) {
              values[at] = (float) point.x();
              values[at + 1] = (float) point.y();
              values[at + 2] = point.visibility().number();
            }
            at += 3;
          }
        });
    return Tensor.of(values, Shape.of(annotations.size(), most, names, 3));
  }

  /// Which classes whole images have: `[N, C]`, float32, 1 or 0.
  public Tensor classesPresent() {
    var values = new float[annotations.size() * classes];
    for (int n = 0; n < annotations.size(); n++) {
      for (int label : annotations.get(n).labels()) {
        values[n * classes + label] = 1;
      }
    }
    return Tensor.of(values, Shape.of(annotations.size(), classes));
  }

  /// The numbers to be predicted: `[N, T]`, float32.
  public Tensor numbers() {
    int each = annotations.getFirst().targets().length;
    var values = new float[annotations.size() * each];
    for (int n = 0; n < annotations.size(); n++) {
      System.arraycopy(annotations.get(n).targets(), 0, values, n * each, each);
    }
    return Tensor.of(values, Shape.of(annotations.size(), each));
  }

  private int most() {
    return Math.max(1, annotations.stream().mapToInt(a -> a.instances().size()).max().orElse(0));
  }

  private interface Thing {
    void put(int n, int m, Instance instance);
  }

  private void each(Thing thing) {
    for (int n = 0; n < annotations.size(); n++) {
      var instances = annotations.get(n).instances();
      for (int m = 0; m < instances.size(); m++) {
        thing.put(n, m, instances.get(m));
      }
    }
  }
}
