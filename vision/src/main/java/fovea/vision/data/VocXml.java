package fovea.vision.data;

import fovea.vision.annotation.Box;
import java.io.IOException;
import java.io.StringReader;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import javax.xml.stream.XMLInputFactory;
import javax.xml.stream.XMLStreamConstants;
import javax.xml.stream.XMLStreamException;
import javax.xml.stream.XMLStreamReader;
import org.jspecify.annotations.Nullable;

/// An annotation file of Pascal VOC.
///
/// @param filename of the image; empty where the file does not say
/// @param width of the image in pixels; 0 where the file does not say
/// @param height of the image in pixels; 0 where the file does not say
record VocXml(String filename, int width, int height, List<Thing> things) {
  /// A thing, with its box as it stands in the file, counted from 1 with the last pixel within.
  ///
  /// @param line where it begins
  record Thing(
      String name,
      boolean difficult,
      double xmin,
      double ymin,
      double xmax,
      double ymax,
      int line) {

    /// The box in pixels from 0.
    Box box(String file) {
      if (!Double.isFinite(xmin + ymin + xmax + ymax) || xmax < xmin || ymax < ymin) {
        throw new DataException(
            "%s, line %d: the box of \"%s\" is %s %s %s %s; it needs xmin ≤ xmax and ymin ≤ ymax"
                .formatted(file, line, name, xmin, ymin, xmax, ymax));
      }
      return new Box(xmin - 1, ymin - 1, xmax, ymax);
    }
  }

  /// No honest annotation of one image is larger.
  private static final int MAX_BYTES = 16 << 20;

  private static final Pattern ENCODING = Pattern.compile("encoding=[\"']([A-Za-z][\\w.:-]*)[\"']");

  static VocXml read(FileTree tree, String path) {
    var file = tree.describe(path);
    // Nothing outside the file is read, and no document type may define anything.
    var factory = XMLInputFactory.newDefaultFactory();
    factory.setProperty(XMLInputFactory.SUPPORT_DTD, false);
    factory.setProperty(XMLInputFactory.IS_SUPPORTING_EXTERNAL_ENTITIES, false);
    factory.setProperty(XMLInputFactory.IS_COALESCING, true);
    try (var in = new StringReader(text(tree, path))) {
      return new Parser(factory.createXMLStreamReader(in), file).annotation();
    } catch (XMLStreamException e) {
      var at = e.getLocation();
      throw new DataException(
          "%s, line %d: this is no well-formed XML"
              .formatted(file, at == null ? 1 : at.getLineNumber()),
          e);
    } catch (ArithmeticException | IndexOutOfBoundsException | NullPointerException e) {
      // The parser stumbles over some damage.
      throw new DataException(file + ": this is no well-formed XML", e);
    }
  }

  private static String text(FileTree tree, String path) {
    try (var in = tree.open(path)) {
      var bytes = in.readNBytes(MAX_BYTES);
      if (in.read() >= 0) {
        throw new DataException(
            tree.describe(path) + " is larger than 16 MiB, which no annotation of one image is");
      }
      var start = new String(bytes, 0, Math.min(bytes.length, 128), StandardCharsets.ISO_8859_1);
      var declared = ENCODING.matcher(start);
      return new String(
          bytes,
          declared.find()
              ? Charset.forName(declared.group(1), StandardCharsets.UTF_8)
              : StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw DataException.unreadable(tree.describe(path), e);
    }
  }

  /// Goes through the elements, passing over those that nobody here needs.
  private record Parser(XMLStreamReader xml, String file) {

    VocXml annotation() throws XMLStreamException {
      int event = xml.next();
      while (event != XMLStreamConstants.START_ELEMENT) {
        if (event == XMLStreamConstants.DTD) {
          throw wrong("a document type is refused; remove the <!DOCTYPE …>");
        }
        event = xml.next();
      }
      if (!xml.getLocalName().equals("annotation")) {
        throw wrong(
            "the outermost element is <%s>, not <annotation>".formatted(xml.getLocalName()));
      }
      var filename = "";
      int width = 0;
      int height = 0;
      var things = new ArrayList<Thing>();
      while (nextChild()) {
        switch (xml.getLocalName()) {
          case "filename" -> filename = text();
          case "size" -> {
            while (nextChild()) {
              switch (xml.getLocalName()) {
                case "width" -> width = (int) number();
                case "height" -> height = (int) number();
                default -> skip();
              }
            }
          }
          case "object" -> things.add(thing());
          default -> skip();
        }
      }
      return new VocXml(filename, width, height, List.copyOf(things));
    }

    private Thing thing() throws XMLStreamException {
      int line = xml.getLocation().getLineNumber();
      String name = null;
      boolean difficult = false;
      var box = new @Nullable Double[4];
      while (nextChild()) {
        switch (xml.getLocalName()) {
          case "name" -> name = text();
          case "difficult" -> difficult = number() != 0;
          case "bndbox" -> {
            while (nextChild()) {
              int side = List.of("xmin", "ymin", "xmax", "ymax").indexOf(xml.getLocalName());
              if (side < 0) {
                skip();
              } else {
                box[side] = number();
              }
            }
          }
          default -> skip(); // parts of a body have names and boxes too
        }
      }
      if (name == null || name.isEmpty()) {
        throw wrong(line, "an <object> has no <name>");
      }
      for (var side : box) {
        if (side == null) {
          throw wrong(
              line, "\"%s\" needs a <bndbox> with xmin, ymin, xmax and ymax".formatted(name));
        }
      }
      return new Thing(
          name, difficult, side(box, 0), side(box, 1), side(box, 2), side(box, 3), line);
    }

    private static double side(@Nullable Double[] box, int i) {
      var side = box[i];
      return side == null ? Double.NaN : side;
    }

    /// Moves to the next child of the element that is open; false at its end.
    private boolean nextChild() throws XMLStreamException {
      while (true) {
        switch (xml.next()) {
          case XMLStreamConstants.START_ELEMENT -> {
            return true;
          }
          case XMLStreamConstants.END_ELEMENT -> {
            return false;
          }
          default -> {}
        }
      }
    }

    private void skip() throws XMLStreamException {
      for (int depth = 1; depth > 0; ) {
        int event = xml.next();
        depth += event == XMLStreamConstants.START_ELEMENT ? 1 : 0;
        depth -= event == XMLStreamConstants.END_ELEMENT ? 1 : 0;
      }
    }

    private String text() throws XMLStreamException {
      return xml.getElementText().strip();
    }

    private double number() throws XMLStreamException {
      var element = xml.getLocalName();
      int line = xml.getLocation().getLineNumber();
      var text = text();
      try {
        return Double.parseDouble(text);
      } catch (NumberFormatException e) {
        throw wrong(line, "<%s> is \"%s\", which is no number".formatted(element, text));
      }
    }

    private DataException wrong(String why) {
      return wrong(xml.getLocation().getLineNumber(), why);
    }

    private DataException wrong(int line, String why) {
      return new DataException("%s, line %d: %s".formatted(file, line, why));
    }
  }
}
