package fovea.vision.data;

import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.json.JsonFactory;

/// An annotation file of COCO (https://cocodataset.org/#format-data), read from its beginning to
/// its end without ever being in memory as a whole: it may have half a gigabyte.
///
/// @param categories by their numbers, ascending
/// @param images in the order of the file
/// @param things of each image, by its number
record CocoJson(
    String file,
    TreeMap<Long, Category> categories,
    List<Picture> images,
    Map<Long, List<Thing>> things) {

  record Category(String name, List<String> keypoints) {}

  record Picture(long id, String fileName, int height, int width) {}

  /// @param box left, top, width and height; null if there is none
  record Thing(
      long id,
      long category,
      double @Nullable [] box,
      @Nullable Segmentation segmentation,
      boolean crowd,
      double[] keypoints) {}

  sealed interface Segmentation {}

  record Outlines(List<float[]> polygons) implements Segmentation {}

  record Runs(int height, int width, int[] counts) implements Segmentation {}

  record PackedRuns(int height, int width, String counts) implements Segmentation {}

  private static final JsonFactory JSON = JsonFactory.builder().build();

  /// @throws DataException if it is no such file; the message says where
  static CocoJson read(FileTree tree, String path) {
    var file = tree.describe(path);
    try (var in = tree.open(path)) {
      return new Parser(in, file).read();
    } catch (JacksonException e) {
      var at = e.getLocation();
      throw new DataException(
          "%s, line %d, column %d: this is no well-formed JSON: %s"
              .formatted(
                  file,
                  at == null ? 1 : at.getLineNr(),
                  at == null ? 1 : at.getColumnNr(),
                  e.getOriginalMessage()),
          e);
    } catch (IOException e) {
      throw DataException.unreadable(file, e);
    }
  }

  private static final class Parser {
    private final JsonParser json;
    private final String file;
    private final TreeMap<Long, Category> categories = new TreeMap<>();
    private final List<Picture> images = new ArrayList<>();
    private final Map<Long, List<Thing>> things = new HashMap<>();

    Parser(InputStream in, String file) {
      json = JSON.createParser(ObjectReadContext.empty(), in);
      this.file = file;
    }

    CocoJson read() {
      json.nextToken();
      expect(JsonToken.START_OBJECT, "the file");
      boolean known = false;
      while (json.nextToken() == JsonToken.PROPERTY_NAME) {
        var key = json.currentName();
        json.nextToken();
        switch (key) {
          case "images" -> each(key, this::image);
          case "annotations" -> each(key, this::thing);
          case "categories" -> each(key, this::category);
          default -> json.skipChildren();
        }
        known |= key.equals("images");
      }
      if (json.currentToken() != JsonToken.END_OBJECT) {
        throw wrong("the file ends in the middle");
      }
      if (!known) {
        throw wrong("there is no list of \"images\"; this is no file of COCO");
      }
      return new CocoJson(file, categories, images, things);
    }

    private void each(String what, Runnable one) {
      expect(JsonToken.START_ARRAY, "\"" + what + "\"");
      while (json.nextToken() == JsonToken.START_OBJECT) {
        one.run();
      }
      expect(JsonToken.END_ARRAY, "the end of \"" + what + "\"");
    }

    private void image() {
      Long id = null;
      String name = null;
      int height = 0;
      int width = 0;
      while (nextKey()) {
        switch (json.currentName()) {
          case "id" -> id = whole();
          case "file_name" -> name = text();
          case "height" -> height = side();
          case "width" -> width = side();
          default -> skip();
        }
      }
      if (id == null || name == null || height == 0 || width == 0) {
        throw wrong("an image needs id, file_name, height and width");
      }
      if (!FileTree.isPlain(name)) {
        throw wrong("\"%s\" is no plain path below the folder".formatted(name));
      }
      images.add(new Picture(id, name, height, width));
    }

    private int side() {
      long side = whole();
      if (side < 1 || side > 100_000) {
        throw wrong("an image has no side of " + side + " pixels");
      }
      return (int) side;
    }

    private void category() {
      Long id = null;
      String name = null;
      List<String> keypoints = new ArrayList<>();
      while (nextKey()) {
        switch (json.currentName()) {
          case "id" -> id = whole();
          case "name" -> name = text();
          case "keypoints" -> {
            json.nextToken();
            expect(JsonToken.START_ARRAY, "\"keypoints\"");
            while (json.nextToken() == JsonToken.VALUE_STRING) {
              keypoints.add(json.getString());
            }
            expect(JsonToken.END_ARRAY, "the end of \"keypoints\"");
          }
          default -> skip();
        }
      }
      if (id == null || name == null) {
        throw wrong("a category needs id and name");
      }
      if (categories.put(id, new Category(name, List.copyOf(keypoints))) != null) {
        throw wrong("two categories have the id " + id);
      }
    }

    private void thing() {
      long id = 0;
      Long image = null;
      Long category = null;
      double[] box = null;
      Segmentation segmentation = null;
      boolean crowd = false;
      var keypoints = new double[0];
      while (nextKey()) {
        switch (json.currentName()) {
          case "id" -> id = whole();
          case "image_id" -> image = whole();
          case "category_id" -> category = whole();
          case "iscrowd" -> crowd = whole() != 0;
          case "bbox" -> {
            json.nextToken();
            box = numbers("\"bbox\"");
          }
          case "keypoints" -> {
            json.nextToken();
            keypoints = numbers("\"keypoints\"");
          }
          case "segmentation" -> {
            json.nextToken();
            segmentation = segmentation();
          }
          default -> skip();
        }
      }
      if (image == null || category == null) {
        throw wrong("an annotation needs image_id and category_id");
      }
      things
          .computeIfAbsent(image, _ -> new ArrayList<>(4))
          .add(
              new Thing(
                  id,
                  category,
                  box == null || box.length == 0 ? null : box,
                  segmentation,
                  crowd,
                  keypoints));
    }

    private @Nullable Segmentation segmentation() {
      if (json.currentToken() == JsonToken.VALUE_NULL) {
        return null;
      }
      if (json.currentToken() == JsonToken.START_OBJECT) {
        return runs();
      }
      expect(JsonToken.START_ARRAY, "\"segmentation\"");
      var polygons = new ArrayList<float[]>();
      while (json.nextToken() == JsonToken.START_ARRAY) {
        var numbers = numbers("a polygon");
        var polygon = new float[numbers.length];
        for (int i = 0; i < numbers.length; i++) {
          polygon[i] = (float) numbers[i];
        }
        polygons.add(polygon);
      }
      expect(JsonToken.END_ARRAY, "the end of \"segmentation\"");
      return polygons.isEmpty() ? null : new Outlines(polygons);
    }

    private Segmentation runs() {
      double[] size = new double[0];
      double[] counts = null;
      String packed = null;
      while (nextKey()) {
        switch (json.currentName()) {
          case "size" -> {
            json.nextToken();
            size = numbers("\"size\"");
          }
          case "counts" -> {
            if (json.nextToken() == JsonToken.VALUE_STRING) {
              packed = json.getString();
            } else {
              counts = numbers("\"counts\"");
            }
          }
          default -> skip();
        }
      }
      if (size.length != 2) {
        throw wrong("run lengths need a size of two numbers, height and width");
      }
      int height = (int) size[0];
      int width = (int) size[1];
      if (packed != null) {
        return new PackedRuns(height, width, packed);
      }
      if (counts == null) {
        throw wrong("run lengths need counts");
      }
      return new Runs(height, width, Arrays.stream(counts).mapToInt(c -> (int) c).toArray());
    }

    /// The numbers of the array that has begun.
    private double[] numbers(String what) {
      expect(JsonToken.START_ARRAY, what);
      var numbers = new double[8];
      int n = 0;
      while (json.nextToken() != JsonToken.END_ARRAY) {
        if (json.currentToken() == null || !json.currentToken().isNumeric()) {
          throw wrong("%s holds %s, which is no number".formatted(what, shown()));
        }
        if (n == numbers.length) {
          numbers = Arrays.copyOf(numbers, 2 * n);
        }
        numbers[n] = json.getDoubleValue();
        if (!Double.isFinite(numbers[n++])) {
          throw wrong(what + " holds a number that is not finite");
        }
      }
      return Arrays.copyOf(numbers, n);
    }

    private boolean nextKey() {
      var token = json.nextToken();
      if (token != JsonToken.PROPERTY_NAME) {
        expect(JsonToken.END_OBJECT, "the end of an object");
      }
      return token == JsonToken.PROPERTY_NAME;
    }

    private void skip() {
      json.nextToken();
      json.skipChildren();
    }

    private long whole() {
      var key = json.currentName();
      var token = json.nextToken();
      if (token == JsonToken.VALUE_TRUE || token == JsonToken.VALUE_FALSE) {
        return token == JsonToken.VALUE_TRUE ? 1 : 0;
      }
      if (token == null || !token.isNumeric()) {
        throw wrong("\"%s\" is %s and not a number".formatted(key, shown()));
      }
      double value = json.getDoubleValue();
      if (value != Math.rint(value) || Math.abs(value) > 1L << 53) {
        throw wrong("\"%s\" is %s and not a whole number".formatted(key, value));
      }
      return json.isExpectedNumberIntToken() ? json.getLongValue() : (long) value;
    }

    private String text() {
      var key = json.currentName();
      if (json.nextToken() != JsonToken.VALUE_STRING) {
        throw wrong("\"%s\" is %s and not a text".formatted(key, shown()));
      }
      return json.getString();
    }

    private String shown() {
      return json.currentToken() == null ? "the end of the file" : String.valueOf(json.getString());
    }

    private void expect(JsonToken wanted, String what) {
      if (json.currentToken() != wanted) {
        throw wrong(
            json.currentToken() == null
                ? what + " is cut short"
                : "%s is not where it should be; %s is there".formatted(what, shown()));
      }
    }

    private DataException wrong(String why) {
      var at = json.currentLocation();
      return new DataException(
          "%s, line %d, column %d: %s".formatted(file, at.getLineNr(), at.getColumnNr(), why));
    }
  }
}
