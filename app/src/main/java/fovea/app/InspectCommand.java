package fovea.app;

import fovea.vision.data.DataSplits;
import fovea.vision.data.Inspection;
import fovea.vision.data.Sheet;
import fovea.vision.data.Task;
import fovea.vision.image.Images;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// `fovea datasets inspect`.
@Command(
    name = "inspect",
    header = "Look at all images of a data set.",
    description = {
      "Decodes every image and says what the data are: how many images of each class and what is marked",
      "in them, their sizes and channel statistics, which files are broken, which images are there",
      "twice, and whether images of one part are in another.",
    },
    footer = {
      "  fovea datasets inspect data/mnist",
      "  fovea datasets inspect shapes --sheet shapes.png",
      "  fovea datasets inspect data/camvid.zip --json",
    })
@SuppressWarnings("NullAway.Init") // picocli sets the fields
final class InspectCommand extends Subcommand {
  /// How many of a long list are shown.
  private static final int SHOWN = 5;

  private static final int BAR = 30;

  @Parameters(
      index = "0",
      paramLabel = "DATA",
      completionCandidates = DataNames.class,
      description = "A built-in data set or a path, see fovea datasets.")
  private String data;

  @Option(
      names = "--sheet",
      paramLabel = "FILE",
      description =
          "Write a picture of some training images, PNG, with what is marked drawn over them.")
  private @Nullable Path sheet;

  @Option(names = "--json", description = "Print what was found as a JSON object.")
  private boolean json;

  private long shown;

  InspectCommand(Console console) {
    super(console);
  }

  @Override
  public Integer call() {
    console().pass("reading " + data + " …");
    var splits = open(data);
    var validation = splits.validation();
    long images =
        (long) splits.train().size()
            + (validation == null ? 0 : validation.size())
            + splits.test().size();
    var found = Inspection.of(splits, done -> progress(done, images));
    if (sheet != null) {
      Images.writePng(Sheet.of(splits.train(), 10, 10, 120), sheet);
    }
    if (json) {
      Json.print(console(), json(splits, found));
    } else {
      print(splits, found);
    }
    return ExitCode.DONE;
  }

  /// At most ten times a second.
  private synchronized void progress(long done, long images) {
    long now = System.nanoTime();
    if (now - shown > 100_000_000) {
      shown = now;
      double share = (double) done / images;
      console()
          .pass(
              "%s %s of %s"
                  .formatted(
                      ProgressBarView.bar(share, BAR, console().isErrUnicode()),
                      Text.count(done),
                      Text.count(images, "image", "images")));
    }
  }

  private static String task(Task task) {
    return task.name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  private void print(DataSplits splits, Inspection found) {
    var out = console().out();
    out.printf(
        "%s, for %s, %s%n",
        console().strong(splits.name()),
        task(splits.train().task()),
        Text.count(splits.classes().size(), "class", "classes"));
    splits.notes().forEach(note -> out.println(Text.plain(note)));
    out.println();
    var parts = new Table("part", ">images", "height", "width", "mean", "deviation");
    found
        .parts()
        .forEach(
            (name, part) ->
                parts.row(
                    name,
                    Text.count(part.images()),
                    spread(part.heights()),
                    spread(part.widths()),
                    channels(part.mean(), part),
                    channels(part.deviation(), part)));
    parts.print(console(), "");
    out.println();
    classes(splits, found);
    found.parts().forEach((name, part) -> problems(name, part));
    overlaps(found);
  }

  /// `28`, or `213–320–600`: the least, the middle and the greatest.
  private static String spread(int[] values) {
    return values[0] == values[2]
        ? String.valueOf(values[0])
        : values[0] + "–" + values[1] + "–" + values[2];
  }

  private static String channels(double[] values, Inspection.PartFacts part) {
    return part.grey() == part.images()
        ? String.format(Locale.ROOT, "%.4f", values[0])
        : String.format(Locale.ROOT, "%.4f %.4f %.4f", values[0], values[1], values[2]);
  }

  private void classes(DataSplits splits, Inspection found) {
    boolean things = !found.parts().values().iterator().next().things().isEmpty();
    boolean pixels = splits.train().task() == Task.SEGMENTATION;
    for (var part : found.parts().entrySet()) {
      var table =
          !things
              ? new Table(part.getKey(), ">images")
              : pixels
                  ? new Table(part.getKey(), ">images", ">share of pixels")
                  : new Table(
                      part.getKey(),
                      ">images",
                      ">things",
                      ">masks",
                      ">keypoints",
                      "side in pixels");
      for (int c = 0; c < splits.classes().size(); c++) {
        var name = splits.classes().get(c);
        var images = Text.count(part.getValue().perClass()[c]);
        if (!things || part.getValue().things().isEmpty()) {
          if (things) {
            continue;
          }
          table.row(name, images);
          continue;
        }
        var marked = part.getValue().things().get(c);
        if (pixels) {
          table.row(name, images, Text.percent(marked.share()));
        } else {
          var side = marked.side();
          table.row(
              name,
              images,
              Text.count(marked.count()),
              Text.count(marked.masks()),
              Text.count(marked.keypoints()),
              String.format(Locale.ROOT, "%.0f–%.0f–%.0f", side[0], side[1], side[2]));
        }
      }
      table.print(console(), "");
      console().out().println();
    }
  }

  private void problems(String part, Inspection.PartFacts facts) {
    if (!facts.broken().isEmpty()) {
      say(
          Text.count(facts.broken().size(), "image", "images") + " of " + part + " cannot be used",
          facts.broken().values().stream().toList());
    }
    if (!facts.duplicates().isEmpty()) {
      say(
          Text.count(facts.duplicates().size(), "image is", "images are")
              + " there more than once in "
              + part,
          facts.duplicates().stream().map(s -> String.join(" = ", s.sources())).toList());
    }
  }

  private void overlaps(Inspection found) {
    if (found.overlaps().isEmpty()) {
      console().out().println("No image is in two parts.");
    } else {
      say(
          Text.count(found.overlaps().size(), "image is", "images are")
              + " in more than one part, so that figures on it flatter",
          found.overlaps().stream().map(s -> String.join(" = ", s.sources())).toList());
    }
  }

  private void say(String what, List<String> which) {
    var out = console().out();
    out.println(console().strong(what));
    which.stream().limit(SHOWN).forEach(w -> out.println("  " + Text.plain(w)));
    if (which.size() > SHOWN) {
      out.println("  and " + Text.count(which.size() - SHOWN) + " more");
    }
  }

  private static JsonNode json(DataSplits splits, Inspection found) {
    var json = Json.object().put("data", splits.name()).put("task", task(splits.train().task()));
    var classes = json.putArray("classes");
    splits.classes().forEach(classes::add);
    var notes = json.putArray("notes");
    splits.notes().forEach(notes::add);
    var parts = json.putObject("parts");
    found.parts().forEach((name, part) -> part(parts.putObject(name), splits, part));
    same(json, "overlaps", found.overlaps());
    return json;
  }

  private static void part(ObjectNode json, DataSplits splits, Inspection.PartFacts part) {
    json.put("images", part.images()).put("grey", part.grey());
    array(json, "heights", IntStream.of(part.heights()).asDoubleStream());
    array(json, "widths", IntStream.of(part.widths()).asDoubleStream());
    array(json, "mean", DoubleStream.of(part.mean()));
    array(json, "deviation", DoubleStream.of(part.deviation()));
    var perClass = json.putObject("perClass");
    for (int c = 0; c < splits.classes().size(); c++) {
      var one = perClass.putObject(splits.classes().get(c)).put("images", part.perClass()[c]);
      if (!part.things().isEmpty()) {
        var things = part.things().get(c);
        one.put("things", things.count())
            .put("masks", things.masks())
            .put("keypoints", things.keypoints())
            .put("middleSide", things.side()[1])
            .put("shareOfPixels", things.share());
      }
    }
    var broken = json.putObject("broken");
    part.broken().forEach(broken::put);
    same(json, "duplicates", part.duplicates());
  }

  private static void array(ObjectNode json, String name, DoubleStream values) {
    var array = json.putArray(name);
    values.forEach(value -> array.add(Json.number(value)));
  }

  private static void same(ObjectNode json, String name, List<Inspection.Same> all) {
    var array = json.putArray(name);
    for (var same : all) {
      var sources = array.addArray();
      same.sources().forEach(sources::add);
    }
  }
}
