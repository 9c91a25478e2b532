package fovea.vision.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import fovea.core.FoveaException;
import fovea.core.train.Epoch;
import fovea.core.train.History;
import fovea.vision.data.Dataset;
import fovea.vision.image.Image;
import fovea.vision.model.InputSize;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.json.JsonMapper;

class ReportTest {
  private static final Set<String> WITHOUT_END = Set.of("meta", "link", "img", "input", "br");
  private static final String ATTACK =
      "\"'><script>alert(1)</script><img src=x onerror=alert(1)>&amp;";

  @TempDir Path folder;

  private String page(Fabricated run) throws IOException {
    return Files.readString(Report.write(run.run(folder), run.history(), run.test(), run.data()));
  }

  @Test
  void tellsTheFigures() throws IOException {
    var page = page(Fabricated.plain()).replace('\u00a0', ' ');
    for (var text :
        List.of(
            "<title>lenet5 on drawn · Fovea</title>",
            "98.50 %",
            "30 of 2,000 test images wrong",
            "61,706",
            "0.07886",
            "97.86 %", // validation accuracy of epoch 7
            "7 (best)",
            "34 s",
            "10,800 images",
            "Adam, rate 0.002",
            "Cosine, warmup 0",
            "a processor",
            "3 of class 9 were taken for 0",
            "197 of 200 of class 4 were recognised",
            "98.7 % sure",
            "drawn test #0",
            "fovea predict " + folder,
            "fovea evaluate " + folder + " &#39;../some data&#39;",
            "fovea train lenet5 &#39;../some data&#39; --epochs 8 --batch 64 --optimizer adam --schedule cosine --loss cross-entropy --init own --precision f32 --preprocess standardize --validation 0.1 --seed 7 --size 28x28 --grey")) {
      assertTrue(page.contains(text), text);
    }
  }

  @Test
  void showsMistakesAndFiltersAsPictures() throws IOException {
    var page = page(Fabricated.plain());
    assertEquals(24 + 6, count(page, "<img class=\"pixels\" src=\"data:image/png;base64,"));
    assertTrue(page.contains("alt=\"0, taken for 1\""));
    assertTrue(page.contains("alt=\"Filter 6\""));
  }

  @Test
  void showsTheWeightsOfALinearModelAsTemplatesOfItsClasses() throws IOException {
    var page = page(Fabricated.plain().model("linear").classes(List.of("cat", "dog")));
    assertTrue(page.contains("alt=\"Template of dog\""));
    page = page(Fabricated.plain().model("mlp"));
    assertTrue(page.contains("The first 64 of 256 filters of 28×28"));
    assertEquals(64, count(page, "alt=\"Filter "));
  }

  @Test
  void loadsNothing() throws IOException {
    var page = page(Fabricated.plain());
    assertTrue(page.contains("default-src 'none'"));
    for (var reference :
        Pattern.compile("<[^>]+?\\s(?:src|href|srcset|action)=\"([^\"]*)\"")
            .matcher(page)
            .results()
            .toList()) {
      assertTrue(reference.group(1).startsWith("data:"), reference.group(1));
    }
    var style = between(page, "<style>", "</style>");
    for (var word : List.of("url(", "@import", "http")) {
      assertFalse(style.contains(word), word);
    }
    assertFalse(page.contains("sourceMappingURL"));
    assertTrue(page.contains("Chart.js v"), "Chart.js itself is in the page");
  }

  @Test
  void namesAreTextWhateverTheyAre() throws IOException {
    var ordinary = page(Fabricated.plain());
    var first = new LinkedHashMap<>(Fabricated.figures(0.5, 0.9));
    first.put("</script><script>alert(2)</script>", 1.0);
    var history =
        new History(List.of(new Epoch(1, 0.1, first, Fabricated.figures(), 1, 1, true)), 1, false);
    var run =
        Fabricated.plain().classes(List.of(ATTACK, "--><!--", "</td></table>")).history(history);
    var page =
        Files.readString(
            Report.write(run.run(folder), history, run.test(), renamed(run.data(), ATTACK)));
    assertEquals(count(ordinary, "<script"), count(page, "<script"));
    assertEquals(count(ordinary, "</script"), count(page, "</script"));
    assertFalse(page.contains("<img src=x"));
    assertFalse(page.contains("<!--"));
    assertTrue(page.contains("&quot;&#39;&gt;&lt;script&gt;alert(1)"));
    assertBalanced(page);
    var json = between(page, "id=\"curves-data\">", "</script>");
    var names =
        new JsonMapper()
            .readTree(json)
            .get("charts")
            .valueStream()
            .map(c -> c.get("id").asString());
    assertTrue(names.anyMatch(n -> n.startsWith("</script>")));
  }

  static Stream<Arguments> runs() {
    var plain = Fabricated.plain();
    return Stream.of(
        Arguments.of("plain", plain),
        Arguments.of("no epoch", plain.history(new History(List.of(), 0, true))),
        Arguments.of("one epoch", plain.history(Fabricated.history(1, true))),
        Arguments.of("1000 epochs", plain.history(Fabricated.history(1000, true))),
        Arguments.of("no validation", plain.history(Fabricated.history(4, false))),
        Arguments.of("no mistake", plain.perClass(5, 0)),
        Arguments.of("one image each, all wrong", plain.perClass(1, 1)),
        Arguments.of("a class without images", plain.perClass(0, 0)),
        Arguments.of("2 classes", plain.classes(List.of("no", "yes"))),
        Arguments.of("31 classes", plain.classes(Fabricated.names(31))),
        Arguments.of("1000 classes", plain.classes(Fabricated.names(1000)).perClass(3, 1)),
        Arguments.of("colour", plain.input(new InputSize(3, 32, 32))),
        Arguments.of("large images", plain.input(new InputSize(3, 300, 700)).model("linear")),
        Arguments.of(
            "long names",
            plain.classes(
                IntStream.range(0, 12).mapToObj(i -> "a very long name ".repeat(9) + i).toList())),
        Arguments.of(
            "figures that are no numbers",
            plain.history(
                new History(
                    Collections.nCopies(
                        2,
                        new Epoch(
                            1,
                            0.1,
                            Fabricated.figures(Double.NaN, 0),
                            Fabricated.figures(Double.POSITIVE_INFINITY, 0),
                            0,
                            Double.NaN,
                            true)),
                    2,
                    false))));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("runs")
  void isWholeForEveryRun(String name, Fabricated run) throws IOException {
    var page = page(run);
    assertBalanced(page);
    for (var nothing : List.of("NaN", "Infinity", "null")) {
      assertFalse(markup(page).contains(nothing), nothing + " is nothing to show");
    }
    assertTrue(page.length() < 3_000_000, "size " + page.length());
  }

  @Test
  void aPictureThatCannotBeReadCostsNoReport() throws IOException {
    var run = Fabricated.plain();
    var data = run.data();
    var gone =
        new Renamed(data, "a source") {
          @Override
          public Image image(int index) {
            throw new FoveaException("cannot read a/b<c>.png: there is no such file");
          }
        };
    var page = Files.readString(Report.write(run.run(folder), run.history(), run.test(), gone));
    assertEquals(24, count(page, "cannot read a/b&lt;c&gt;.png: there is no such file"));
  }

  @Test
  void replacesAnEarlierReportAndLeavesNothingElse() throws IOException {
    Files.writeString(folder.resolve(Report.FILE), "an earlier one");
    assertTrue(page(Fabricated.plain()).startsWith("<!doctype html>"));
    try (var files = Files.list(folder)) {
      assertEquals(List.of(folder.resolve(Report.FILE)), files.toList());
    }
  }

  @Test
  void namesTheFolderThatCannotBeWritten() {
    var run = Fabricated.plain();
    var missing = folder.resolve("missing");
    var e =
        assertThrows(
            FoveaException.class,
            () -> Report.write(run.run(missing), run.history(), run.test(), run.data()));
    assertTrue(e.getMessage().contains(missing.toString()), e.getMessage());
  }

  // ---- helpers

  /// Every element that is opened is closed, in order.
  private static void assertBalanced(String page) {
    var open = new ArrayDeque<String>();
    for (var tag :
        Pattern.compile("<(/?)([a-z][a-z0-9]*)[^<>]*?(/?)>")
            .matcher(markup(page))
            .results()
            .toList()) {
      var name = tag.group(2);
      if (tag.group(1).isEmpty()) {
        if (!WITHOUT_END.contains(name) && tag.group(3).isEmpty()) {
          open.push(name);
        }
      } else {
        assertEquals(open.poll(), name, "before character " + tag.start());
      }
    }
    assertTrue(open.isEmpty(), open.toString());
  }

  /// The page without scripts, style and pictures.
  private static String markup(String page) {
    return page.replaceAll("(?s)(<script[^>]*>).*?</script>", "$1</script>")
        .replaceAll("(?s)<style>.*?</style>", "")
        .replaceAll("data:image/png;base64,[^\"]*", "");
  }

  private static int count(String text, String part) {
    return text.split(Pattern.quote(part), -1).length - 1;
  }

  private static String between(String text, String from, String to) {
    int at = text.indexOf(from) + from.length();
    return text.substring(at, text.indexOf(to, at));
  }

  private static Dataset renamed(Dataset data, String source) {
    return new Renamed(data, source);
  }

  /// A data set whose images all come from one place.
  private static class Renamed implements Dataset {
    private final Dataset data;
    private final String source;

    Renamed(Dataset data, String source) {
      this.data = data;
      this.source = source;
    }

    @Override
    public String name() {
      return data.name();
    }

    @Override
    public int size() {
      return data.size();
    }

    @Override
    public List<String> classes() {
      return data.classes();
    }

    @Override
    public Image image(int index) {
      return data.image(index);
    }

    @Override
    public int label(int index) {
      return data.label(index);
    }

    @Override
    public String source(int index) {
      return source;
    }

    @Override
    public String hash() {
      return data.hash();
    }
  }
}
