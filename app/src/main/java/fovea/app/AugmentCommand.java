package fovea.app;

import fovea.core.array.Rng;
import fovea.vision.annotation.Annotations;
import fovea.vision.annotation.Box;
import fovea.vision.annotation.Instance;
import fovea.vision.augment.Augmentations;
import fovea.vision.augment.Sample;
import fovea.vision.image.Image;
import fovea.vision.image.Images;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `fovea augment`.
@Command(
    name = "augment",
    header = "Show what augmentation makes of an image.",
    description = {
      "Draws a sheet of variants of an image, the image itself first. Without --steps there is a",
      "row for each kind of step. Boxes are followed and drawn.",
    },
    footer = {
      "  fovea augment cat.jpg                                   a row for each kind of step",
      "  fovea augment cat.jpg --steps crop:pad=4+flip+rotate:15",
      "  fovea augment cat.jpg dog.jpg --steps mixup --out mixed.png",
      "  fovea augment cat.jpg --steps imagenet --boxes 48,24,195,171",
      "",
      "Steps are joined by +; after a name and a colon come options, by name or in their order, as",
      "far as they are not the usual ones. fovea augment --list shows all with their options. With",
      "fovea train --augment STEPS a network learns from such images.",
    })
final class AugmentCommand extends Subcommand {
  private static final int TILE = 160;
  private static final int GAP = 4;
  private static final int COLUMNS = 8;
  private static final int ROWS = 4;
  private static final int[] BOX_COLOUR = {255, 40, 40};

  @Parameters(
      index = "0..*",
      arity = "0..*",
      paramLabel = "IMAGE",
      description = "Image files; the first is shown, the others may be mixed in.")
  private List<Path> images = List.of();

  @Option(
      names = "--steps",
      paramLabel = "STEPS",
      description = "What to do, as in cifar or crop:pad=4+flip+rotate:15.")
  private @Nullable String steps;

  @Option(
      names = "--boxes",
      paramLabel = "L,T,R,B",
      description = "A box in the image: left, top, right and bottom in pixels; may be repeated.")
  private List<String> boxes = List.of();

  @Option(
      names = "--seed",
      paramLabel = "N",
      description = "Of all chance; the same seed draws the same sheet (default: 0).")
  private long seed;

  @Option(
      names = "--out",
      paramLabel = "FILE",
      description = "Where to draw it (default: augmented.png).")
  private Path out = Path.of("augmented.png");

  @Option(names = "--list", description = "List all steps with their usual options, and end.")
  private boolean list;

  AugmentCommand(Console console) {
    super(console);
  }

  @Override
  public Integer call() {
    if (list) {
      Augmentations.names().forEach(console().out()::println);
      Augmentations.presets()
          .forEach(p -> console().out().println(p + " = " + Augmentations.parse(p)));
      return ExitCode.DONE;
    }
    if (images.isEmpty()) {
      throw wrong("augment needs an image; fovea augment --list lists the steps");
    }
    var all = new ArrayList<Sample>();
    for (var file : images) {
      var said = all.isEmpty() ? Annotations.of(instances()) : Annotations.NONE;
      all.add(Sample.of(Images.read(file).toRgb(), said));
    }
    var rows = new ArrayList<List<Image>>();
    if (steps == null) {
      for (var name : Augmentations.names()) {
        rows.add(row(name, all, 0));
        console().out().printf("row %d: %s%n", rows.size(), name);
      }
    } else {
      augmentations(steps);
      for (int r = 0; r < ROWS; r++) {
        rows.add(row(steps, all, r));
      }
    }
    Images.writePng(sheet(rows), out);
    console().say("drawn into " + out);
    return ExitCode.DONE;
  }

  private List<Instance> instances() {
    return boxes.stream().map(text -> Instance.of(0, box(text))).toList();
  }

  private Box box(String text) {
    try {
      var sides = Arrays.stream(text.split(",")).mapToDouble(Double::parseDouble).toArray();
      if (sides.length == 4) {
        return checked(() -> new Box(sides[0], sides[1], sides[2], sides[3]));
      }
    } catch (NumberFormatException e) {
      // The same sentence as for too many or too few.
    }
    throw wrong("a box is left,top,right,bottom in pixels, as in 48,24,195,171, not " + text);
  }

  /// Eight variants; the first of the first row is the image itself.
  private List<Image> row(String text, List<Sample> all, int number) {
    var shown = all.getFirst();
    int longest = Math.max(shown.image().height(), shown.image().width());
    int height = Math.max(1, shown.image().height() * TILE / longest);
    int width = Math.max(1, shown.image().width() * TILE / longest);
    Function<Rng, Sample> others =
        rng -> all.size() == 1 ? shown : all.get(1 + rng.nextInt(all.size() - 1));
    var augmentations = augmentations(text);
    var row = new ArrayList<Image>();
    for (int i = number * COLUMNS; i < (number + 1) * COLUMNS; i++) {
      var what = i == 0 ? Augmentations.NONE : augmentations;
      var rng = Rng.of(seed).split(text).split(i);
      row.add(marked(what.apply(shown, height, width, List.of(), rng, others)));
    }
    return row;
  }

  private static Image marked(Sample sample) {
    var image = sample.image();
    var pixels = image.pixels().clone();
    for (var instance : sample.annotations().instances()) {
      var box = instance.box();
      if (box == null) {
        continue;
      }
      int left = (int) box.left();
      int top = (int) box.top();
      int right = (int) Math.ceil(box.right());
      int bottom = (int) Math.ceil(box.bottom());
      for (int y = top; y < bottom; y++) {
        for (int x = left; x < right; x++) {
          boolean edge = y < top + 2 || y >= bottom - 2 || x < left + 2 || x >= right - 2;
          for (int c = 0; edge && c < 3; c++) {
            pixels[(y * image.width() + x) * 3 + c] = (byte) BOX_COLOUR[c];
          }
        }
      }
    }
    return new Image(image.height(), image.width(), 3, pixels);
  }

  private static Image sheet(List<List<Image>> rows) {
    var first = rows.getFirst().getFirst();
    int tileHeight = first.height() + GAP;
    int tileWidth = first.width() + GAP;
    int height = rows.size() * tileHeight + GAP;
    int width = rows.getFirst().size() * tileWidth + GAP;
    var pixels = new byte[height * width * 3];
    Arrays.fill(pixels, (byte) 255);
    for (int r = 0; r < rows.size(); r++) {
      for (int c = 0; c < rows.get(r).size(); c++) {
        var tile = rows.get(r).get(c);
        for (int y = 0; y < tile.height(); y++) {
          int to = ((GAP + r * tileHeight + y) * width + GAP + c * tileWidth) * 3;
          System.arraycopy(tile.pixels(), y * tile.width() * 3, pixels, to, tile.width() * 3);
        }
      }
    }
    return new Image(height, width, 3, pixels);
  }
}
