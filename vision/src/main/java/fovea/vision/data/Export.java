package fovea.vision.data;

import fovea.vision.annotation.Box;
import fovea.vision.annotation.Instance;
import fovea.vision.annotation.Keypoint;
import fovea.vision.annotation.Mask;
import fovea.vision.annotation.Visibility;
import fovea.vision.image.Images;
import fovea.vision.image.Indices;
import java.io.IOException;
import java.io.OutputStream;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.ObjectWriteContext;
import tools.jackson.core.json.JsonFactory;

/// Writes data sets in the layouts of others. What is written is read again by [Datasets#open] with
/// the same images (as PNG files) and annotations, but for what the layout has no words for.
public final class Export {
  private Export() {}

  private static final JsonFactory JSON = JsonFactory.builder().build();

  /// Writes boxes, masks and keypoints as COCO does: `train/*.png`,
  /// `annotations/instances_train.json` and so on. Masks are written as polygons, those of crowds
  /// as run lengths. What is difficult is not told.
  ///
  /// @param folder to be made, or empty
  /// @throws DataException if the folder holds something, cannot be written, or the data mark no
  ///   things
  public static void coco(DataSplits data, Path folder) {
    require(data.train().task() == Task.DETECTION || data.train().task() == Task.KEYPOINTS, data);
    write(
        folder,
        () -> {
          Files.createDirectories(folder.resolve("annotations"));
          for (var part : parts(data).entrySet()) {
            coco(part.getValue(), folder, part.getKey().folder());
          }
        });
  }

  /// Writes boxes and masks, or classes of pixels, as Pascal VOC does: `JPEGImages/*.png`,
  /// `Annotations/*.xml`, `ImageSets/Main/train.txt` and so on. Crowds and keypoints are not told.
  ///
  /// @param folder to be made, or empty
  /// @throws DataException if the folder holds something, cannot be written, or the data mark
  ///   neither things nor pixels
  public static void voc(DataSplits data, Path folder) {
    var task = data.train().task();
    boolean pixels = task == Task.SEGMENTATION;
    require(pixels || task == Task.DETECTION || task == Task.KEYPOINTS, data);
    write(
        folder,
        () -> {
          var lists = folder.resolve("ImageSets", pixels ? "Segmentation" : "Main");
          Files.createDirectories(lists);
          Files.createDirectories(folder.resolve("JPEGImages"));
          Files.createDirectories(folder.resolve(pixels ? "SegmentationClass" : "Annotations"));
          for (var part : parts(data).entrySet()) {
            var stems = new ArrayList<String>();
            for (int i = 0; i < part.getValue().size(); i++) {
              var stem = "%s_%06d".formatted(part.getKey().folder(), i);
              voc(part.getValue(), i, folder, stem);
              stems.add(stem);
            }
            Files.write(lists.resolve(part.getKey().folder() + ".txt"), stems);
          }
        });
  }

  private static void require(boolean fits, DataSplits data) {
    if (!fits) {
      throw new DataException(
          "%s is for %s, which this layout has no words for"
              .formatted(data.name(), data.train().task()));
    }
  }

  @FunctionalInterface
  private interface Writing {
    void run() throws IOException;
  }

  private static void write(Path folder, Writing writing) {
    try {
      Files.createDirectories(folder);
      try (var children = Files.list(folder)) {
        if (children.findAny().isPresent()) {
          throw new DataException(folder + " is not empty; name a folder that is to be made");
        }
      }
      writing.run();
    } catch (IOException e) {
      throw new DataException("cannot write to %s: %s".formatted(folder, e.getMessage()), e);
    }
  }

  private static Map<Part, Dataset> parts(DataSplits data) {
    var parts = new EnumMap<Part, Dataset>(Part.class);
    parts.put(Part.TRAIN, data.train());
    var validation = data.validation();
    if (validation != null) {
      parts.put(Part.VALIDATION, validation);
    }
    parts.put(Part.TEST, data.test());
    return parts;
  }

  private static void coco(Dataset data, Path folder, String part) throws IOException {
    Files.createDirectories(folder.resolve(part));
    var file = folder.resolve("annotations", "instances_" + part + ".json");
    try (OutputStream out = Files.newOutputStream(file);
        var json = JSON.createGenerator(ObjectWriteContext.empty(), out)) {
      json.writeStartObject();
      json.writeArrayPropertyStart("categories");
      for (int c = 0; c < data.classes().size(); c++) {
        json.writeStartObject();
        json.writeNumberProperty("id", c + 1);
        json.writeStringProperty("name", data.classes().get(c));
        if (!data.keypointNames().isEmpty()) {
          json.writeArrayPropertyStart("keypoints");
          data.keypointNames().forEach(json::writeString);
          json.writeEndArray();
        }
        json.writeEndObject();
      }
      json.writeEndArray();
      json.writeArrayPropertyStart("images");
      for (int i = 0; i < data.size(); i++) {
        var image = data.image(i);
        var name = "%06d.png".formatted(i);
        Images.writePng(image, folder.resolve(part, name));
        json.writeStartObject();
        json.writeNumberProperty("id", i);
        json.writeStringProperty("file_name", name);
        json.writeNumberProperty("height", image.height());
        json.writeNumberProperty("width", image.width());
        json.writeEndObject();
      }
      json.writeEndArray();
      json.writeArrayPropertyStart("annotations");
      int id = 1;
      for (int i = 0; i < data.size(); i++) {
        for (var instance : data.annotations(i).instances()) {
          thing(json, id++, i, instance);
        }
      }
      json.writeEndArray();
      json.writeEndObject();
    }
  }

  private static void thing(JsonGenerator json, int id, int image, Instance instance) {
    json.writeStartObject();
    json.writeNumberProperty("id", id);
    json.writeNumberProperty("image_id", image);
    json.writeNumberProperty("category_id", instance.label() + 1);
    json.writeNumberProperty("iscrowd", instance.crowd() ? 1 : 0);
    var box = instance.box();
    var mask = instance.mask();
    if (box != null) {
      json.writeArrayPropertyStart("bbox");
      json.writeNumber(box.left());
      json.writeNumber(box.top());
      json.writeNumber(box.width());
      json.writeNumber(box.height());
      json.writeEndArray();
    }
    if (mask != null || box != null) {
      json.writeNumberProperty("area", mask != null ? mask.count() : box == null ? 0 : box.area());
    }
    if (mask != null) {
      segmentation(json, mask, instance.crowd());
    }
    if (!instance.keypoints().isEmpty()) {
      json.writeArrayPropertyStart("keypoints");
      for (var k : instance.keypoints()) {
        json.writeNumber(k.x());
        json.writeNumber(k.y());
        json.writeNumber(k.visibility().number());
      }
      json.writeEndArray();
      json.writeNumberProperty("num_keypoints", marked(instance.keypoints()));
    }
    json.writeEndObject();
  }

  private static long marked(List<Keypoint> keypoints) {
    return keypoints.stream().filter(k -> k.visibility() != Visibility.ABSENT).count();
  }

  private static void segmentation(JsonGenerator json, Mask mask, boolean crowd) {
    if (crowd || mask.isEmpty()) {
      json.writeObjectPropertyStart("segmentation");
      json.writeArrayPropertyStart("size");
      json.writeNumber(mask.height());
      json.writeNumber(mask.width());
      json.writeEndArray();
      json.writeArrayPropertyStart("counts");
      for (int count : mask.rle()) {
        json.writeNumber(count);
      }
      json.writeEndArray();
      json.writeEndObject();
      return;
    }
    json.writeArrayPropertyStart("segmentation");
    for (var polygon : mask.polygons()) {
      json.writeStartArray();
      for (double x : polygon) {
        json.writeNumber((int) x); // corners of pixels
      }
      json.writeEndArray();
    }
    json.writeEndArray();
  }

  private static void voc(Dataset data, int index, Path folder, String stem) throws IOException {
    var image = data.image(index);
    var annotations = data.annotations(index);
    Images.writePng(image, folder.resolve("JPEGImages", stem + ".png"));
    var map = annotations.labelMap();
    if (data.task() == Task.SEGMENTATION && map != null) {
      var values = new int[map.labels().length];
      for (int p = 0; p < values.length; p++) {
        values[p] = map.labels()[p] & 0xFF;
      }
      Files.write(
          folder.resolve("SegmentationClass", stem + ".png"),
          Images.png(new Indices(map.height(), map.width(), values, Palettes.voc())));
      return;
    }
    var xml = new StringBuilder();
    xml.append("<annotation>\n\t<filename>").append(stem).append(".png</filename>\n\t<size>");
    xml.append("<width>%d</width><height>%d</height>".formatted(image.width(), image.height()));
    xml.append("<depth>%d</depth></size>\n".formatted(image.channels()));
    var numbers = new int[image.height() * image.width()];
    boolean masks = false;
    int number = 0;
    for (var instance : annotations.instances()) {
      var mask = instance.mask();
      var box = instance.box() != null ? instance.box() : mask != null ? mask.box() : null;
      if (box == null) {
        continue; // VOC has no thing without a box
      }
      number++;
      xml.append(object(data.classes().get(instance.label()), instance.difficult(), box));
      if (mask != null && number < 255) {
        masks = true;
        int thing = number;
        mask.bits().stream().forEach(p -> numbers[p] = thing);
      }
    }
    xml.append("</annotation>\n");
    Files.write(
        folder.resolve("Annotations", stem + ".xml"),
        xml.toString().getBytes(StandardCharsets.UTF_8));
    if (masks) {
      var pictures = folder.resolve("SegmentationObject");
      Files.createDirectories(pictures);
      Files.write(
          pictures.resolve(stem + ".png"),
          Images.png(new Indices(image.height(), image.width(), numbers, Palettes.voc())));
    }
  }

  private static String object(String name, boolean difficult, Box box) {
    return ("\t<object><name>%s</name><difficult>%d</difficult><bndbox><xmin>%s</xmin><ymin>%s</ymin>"
            + "<xmax>%s</xmax><ymax>%s</ymax></bndbox></object>\n")
        .formatted(
            escaped(name),
            difficult ? 1 : 0,
            plain(box.left() + 1),
            plain(box.top() + 1),
            plain(box.right()),
            plain(box.bottom()));
  }

  /// `7`, `7.25`
  private static String plain(double value) {
    return BigDecimal.valueOf(value).stripTrailingZeros().toPlainString();
  }

  private static String escaped(String text) {
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;");
  }
}
