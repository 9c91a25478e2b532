package fovea.app;

import fovea.core.FoveaException;
import fovea.vision.image.Images;
import fovea.vision.run.Run;
import fovea.vision.run.Run.Prediction;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `fovea predict`.
@Command(
    name = "predict",
    header = "Say what images show, by a trained network.",
    description = {
      "Names the most probable classes of each image: a PNG, JPEG, WebP, GIF, BMP or TIFF file of any",
      "size. An image that cannot be read is named, the others are looked at all the same.",
    },
    footer = {
      "  fovea predict runs/lenet5-digits-1 seven.png",
      "  fovea predict runs/lenet5-digits-1 photos/*.jpg --top 1",
    })
@SuppressWarnings("NullAway.Init") // picocli sets the fields
final class PredictCommand extends ComputingCommand {
  @Parameters(index = "0", paramLabel = "RUN", description = "The folder of a run.")
  private Path run;

  @Parameters(index = "1..*", arity = "1..*", paramLabel = "IMAGE", description = "Image files.")
  private List<Path> images;

  @Option(
      names = "--top",
      paramLabel = "K",
      defaultValue = "3",
      description = "How many classes to name (default: 3).")
  private int top;

  PredictCommand(Console console) {
    super(console);
  }

  @Override
  public Integer call() {
    if (top < 1) {
      throw wrong("--top names at least 1 class, not " + top);
    }
    var opened = Run.open(run);
    var result =
        Json.object().put("model", opened.model().name()).put("run", opened.folder().toString());
    var array = result.putArray("images");
    int code = ExitCode.DONE;
    for (var image : images) {
      var one = Json.object().put("image", image.toString());
      try {
        var predictions = predict(opened, image);
        var list = one.putArray("predictions");
        predictions.forEach(
            p -> list.addObject().put("class", p.label()).put("probability", p.probability()));
        if (!json()) {
          print(opened, image, predictions);
        }
      } catch (FoveaException e) {
        code = ExitCode.FAILED;
        one.put("error", Failures.message(e));
        console().out().flush();
        console().fail(Failures.message(e));
      }
      array.add(one);
    }
    if (json()) {
      Json.print(console(), result);
    }
    return code;
  }

  private List<Prediction> predict(Run opened, Path image) {
    var pixels = Images.read(image);
    List<Prediction> all;
    try {
      all = opened.predict(pixels);
    } catch (FoveaException e) {
      throw new FoveaException(image + ": " + e.getMessage(), e);
    }
    return all.subList(0, Math.min(top, all.size()));
  }

  private void print(Run opened, Path image, List<Prediction> predictions) {
    int name = width(images.stream().map(Path::toString).toList());
    int label = width(opened.record().classes());
    var line = new StringBuilder(Text.pad(image.toString(), name));
    predictions.forEach(
        p ->
            line.append("   ")
                .append(Text.pad(p.label(), label))
                .append(String.format(Locale.ROOT, " %6.2f %%", 100 * p.probability())));
    console().out().println(Text.plain(line.toString()));
  }

  private static int width(List<String> texts) {
    return texts.stream().mapToInt(Text::width).max().orElse(0);
  }
}
