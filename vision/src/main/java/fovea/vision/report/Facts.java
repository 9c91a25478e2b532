package fovea.vision.report;

import fovea.core.loss.Losses;
import fovea.core.nn.Start;
import fovea.core.nn.Starts;
import fovea.vision.data.Scaling;
import fovea.vision.model.Models;
import fovea.vision.run.RunRecord;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.SequencedMap;
import java.util.stream.Collectors;

/// What was trained on what, how and where: all that `run.json` holds, for people.
final class Facts {
  /// Characters of a fingerprint that tell data apart; `run.json` has them all.
  private static final int HASH = 12;

  private Facts() {}

  static String html(RunRecord record) {
    return Html.section(
        "facts",
        "How it was made",
        """
        <div class="facts">
        %s%s%s%s</div>
        """
            .formatted(
                list("Model", model(record)),
                list("Data", data(record)),
                list("Training", training(record)),
                list("Computed with", machine(record))));
  }

  private static SequencedMap<String, String> model(RunRecord record) {
    var facts = new LinkedHashMap<String, String>();
    facts.put("name", record.model().name());
    facts.put("input", record.model().input().toString());
    facts.put("classes", Words.count(record.classes().size()));
    facts.put("parameters", Words.count(record.model().parameters()));
    return facts;
  }

  private static SequencedMap<String, String> data(RunRecord record) {
    var data = record.data();
    var p = record.preprocessing();
    var facts = new LinkedHashMap<String, String>();
    facts.put("name", data.name());
    if (!data.location().equals(data.name())) {
      facts.put("from", data.location());
    }
    facts.put("training", Words.count(data.train(), "image", "images"));
    facts.put(
        "validation",
        data.validation() == 0 ? "none" : Words.count(data.validation(), "image", "images"));
    facts.put("test", Words.count(data.test(), "image", "images"));
    facts.put("values", scaling(p.scaling()));
    if (p.scaling() != Scaling.SCALE) {
      facts.put("mean", channels(p.mean()));
    }
    if (p.scaling() != Scaling.SCALE && p.scaling() != Scaling.CENTER) {
      facts.put("deviation", channels(p.deviation()));
    }
    facts.put("fingerprint", data.hash().substring(0, Math.min(HASH, data.hash().length())) + "…");
    return facts;
  }

  private static String scaling(Scaling scaling) {
    return switch (scaling) {
      case SCALE -> "0–1";
      case CENTER -> "0–1, centred";
      case STANDARDIZE -> "0–1, standardised";
      case PCA -> "standardised, whitened (PCA)";
      case ZCA -> "standardised, whitened (ZCA)";
    };
  }

  /// Of values in [0, 1], one for each channel.
  private static String channels(Iterable<Float> values) {
    var text = new StringBuilder();
    for (float v : values) {
      text.append(text.isEmpty() ? "" : ", ").append(String.format(Locale.ROOT, "%.4f", v));
    }
    return text.toString();
  }

  private static SequencedMap<String, String> training(RunRecord record) {
    var settings = record.settings();
    var facts = new LinkedHashMap<String, String>();
    if (Models.kind(record.model().name()).baseline() != null) {
      facts.put("method", Models.kind(record.model().name()).source());
      facts.put("held out", Words.percent(settings.validation(), 0));
      facts.put("seed", String.valueOf(settings.seed()));
      return facts;
    }
    facts.put("optimizer", Words.specification(settings.rule()));
    facts.put("schedule", Words.specification(settings.schedule()));
    facts.put("loss", Losses.NAMED.write(settings.loss()));
    if (!settings.start().equals(new Start.Own())) {
      facts.put("weights start", Starts.NAMED.write(settings.start()));
    }
    facts.put("epochs", Words.count(settings.epochs()));
    if (settings.patience() > 0) {
      facts.put("patience", Words.count(settings.patience()));
    }
    facts.put("batch", Words.count(settings.batch()));
    facts.put("held out", Words.percent(settings.validation(), 0));
    facts.put("precision", settings.precision().toString());
    facts.put("seed", String.valueOf(settings.seed()));
    return facts;
  }

  private static SequencedMap<String, String> machine(RunRecord record) {
    var machine = record.machine();
    var facts = new LinkedHashMap<String, String>();
    facts.put("fovea", record.fovea());
    facts.putAll(record.versions());
    facts.put("processor", machine.cpu() + ", " + machine.arch());
    facts.put("cores", Words.count(machine.cores()));
    if (machine.memoryBytes() > 0) {
      facts.put("memory", Words.gibibytes(machine.memoryBytes()));
    }
    facts.put("system", machine.os());
    return facts;
  }

  private static String list(String title, SequencedMap<String, String> facts) {
    return facts.entrySet().stream()
        .map(
            f ->
                "<dt>%s</dt><dd>%s</dd>\n"
                    .formatted(Html.escape(f.getKey()), Html.escape(f.getValue())))
        .collect(
            Collectors.joining("", "<div><h3>%s</h3><dl>\n".formatted(title), "</dl></div>\n"));
  }
}
