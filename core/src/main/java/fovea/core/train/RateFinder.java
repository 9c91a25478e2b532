package fovea.core.train;

import fovea.core.array.Rng;
import fovea.core.memory.Scope;
import fovea.core.nn.Layer;
import fovea.core.nn.Mode;
import fovea.core.optim.UpdateRule;
import fovea.core.tensor.Tensor;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;

/// Looks for a learning rate (Smith 2017, section 3.3): trains for some steps while the rate grows
/// from next to nothing until the loss blows up. A good rate lies where the loss falls fastest.
///
/// @param from the first rate, above 0
/// @param to the last, above `from`
/// @param steps between them, each by the same ratio, at least 10
/// @param seed of all chance
public record RateFinder(double from, double to, int steps, long seed) {
  /// The loss is averaged over steps, and this much of the average is kept.
  private static final double KEPT = 0.9;

  /// The search ends where the average is so many times its lowest.
  private static final double BLOWN_UP = 4;

  public RateFinder {
    if (!(from > 0 && to > from) || steps < 10) {
      throw new IllegalArgumentException(
          "a search goes upwards from a rate above 0 in at least 10 steps, not from %s to %s in %d"
              .formatted(from, to, steps));
    }
  }

  /// From 1e-6 to 10 in 100 steps.
  public RateFinder() {
    this(1e-6, 10, 100, 0);
  }

  /// What was found.
  ///
  /// @param rates tried, growing
  /// @param losses the average loss at each
  public record Curve(List<Double> rates, List<Double> losses) {
    public Curve {
      rates = List.copyOf(rates);
      losses = List.copyOf(losses);
    }

    /// The rate at which the loss falls fastest, by the rate's logarithm.
    public double suggestion() {
      int best = 0;
      double steepest = Double.POSITIVE_INFINITY;
      for (int i = 1; i < losses.size() - 1; i++) {
        double slope = losses.get(i + 1) - losses.get(i - 1);
        if (slope < steepest) {
          steepest = slope;
          best = i;
        }
      }
      return rates.get(best);
    }

    /// The curve as a standalone SVG document: the loss over the rate's logarithm, the suggestion
    /// marked.
    public String toSvg() {
      int width = 560;
      int height = 300;
      double low = losses.stream().mapToDouble(l -> l).min().orElse(0);
      double high = Math.max(losses.getFirst() * 1.5, low + 1e-9);
      double first = Math.log10(rates.getFirst());
      double range = Math.max(1e-9, Math.log10(rates.getLast()) - first);
      var points = new StringBuilder();
      for (int i = 0; i < rates.size(); i++) {
        double x = (Math.log10(rates.get(i)) - first) / range * width;
        double y = Math.clamp((high - losses.get(i)) / (high - low), 0, 1) * height;
        points.append(String.format(Locale.ROOT, "%.1f,%.1f ", x, y));
      }
      var ticks = new StringBuilder();
      for (int power = (int) Math.ceil(first); power <= first + range; power++) {
        double x = (power - first) / range * width;
        ticks.append(
            String.format(
                Locale.ROOT,
                "<path d=\"M%.1f 0V%d\" stroke=\"#ddd\"/><text x=\"%.1f\" y=\"%d\" text-anchor=\"middle\">1e%d</text>%n",
                x,
                height,
                x,
                height + 18,
                power));
      }
      double at = (Math.log10(suggestion()) - first) / range * width;
      return String.format(
          Locale.ROOT,
          """
          <svg xmlns="http://www.w3.org/2000/svg" viewBox="-60 -20 %d %d" font-family="sans-serif" font-size="13">
          <rect x="-60" y="-20" width="100%%" height="100%%" fill="white"/>
          %s<path d="M0 0V%dH%d" fill="none" stroke="#888"/>
          <path d="M%.1f 0V%d" stroke="#d62728" stroke-dasharray="4 4"/>
          <text x="%.1f" y="12" fill="#d62728">%.2g</text>
          <polyline points="%s" fill="none" stroke="#1f77b4" stroke-width="2"/>
          <text x="-6" y="10" text-anchor="end">%.3g</text>
          <text x="-6" y="%d" text-anchor="end">%.3g</text>
          <text x="%d" y="%d" text-anchor="end">loss over learning rate</text>
          </svg>
          """,
          width + 90,
          height + 70,
          ticks,
          height,
          width,
          at,
          height,
          at + 5,
          suggestion(),
          points,
          high,
          height,
          low,
          width,
          height + 38);
    }
  }

  /// Tries rates on a model, which has its former values again afterwards.
  ///
  /// @param rule whose rate to look for; its own does not matter
  public <B> Curve find(Layer model, Objective<B> objective, Batches<B> data, UpdateRule rule) {
    var random = Rng.of(seed);
    model.initMissing(random.split("init"));
    try (var _ = Scope.open("rate finder")) {
      var before = new LinkedHashMap<String, Tensor>();
      model.state().forEach((name, t) -> before.put(name, t.detach().mul(1)));
      try {
        return search(model, objective, data, rule, random.split("step"));
      } finally {
        model.load(before);
      }
    }
  }

  private <B> Curve search(
      Layer model, Objective<B> objective, Batches<B> data, UpdateRule rule, Rng random) {
    var optimizer = rule.over(model.parameters());
    var rates = new ArrayList<Double>();
    var losses = new ArrayList<Double>();
    var batches = data.pass(0, 0);
    long epoch = 0;
    double average = 0;
    double lowest = Double.POSITIVE_INFINITY;
    for (int step = 0; step < steps; step++) {
      if (!batches.hasNext()) {
        batches = data.pass(++epoch, 0);
      }
      double rate = from * Math.pow(to / from, step / (steps - 1.0));
      var loss = new double[1];
      try (var _ = Scope.open("rate finder's step")) {
        var batch = batches.next();
        var chance = random.split(step);
        optimizer.step(
            () -> {
              var measured = Mode.training(chance, () -> objective.measure(batch));
              loss[0] = measured.loss().itemAsDouble();
              return measured.loss().backward();
            },
            rate / rule.rate());
      }
      average = KEPT * average + (1 - KEPT) * loss[0];
      double smooth = average / (1 - Math.pow(KEPT, step + 1.0));
      if (!Double.isFinite(smooth) || (step > 0 && smooth > BLOWN_UP * lowest)) {
        break;
      }
      lowest = Math.min(lowest, smooth);
      rates.add(rate);
      losses.add(smooth);
    }
    if (rates.isEmpty()) {
      throw new DivergedException("the loss is not finite at the first step, before any rate");
    }
    return new Curve(rates, losses);
  }
}
