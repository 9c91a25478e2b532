package fovea.app;

import fovea.core.FoveaException;
import fovea.core.UnknownNameException;
import fovea.core.array.DType;
import fovea.core.array.Rng;
import fovea.core.array.Shape;
import fovea.core.loss.CrossEntropy;
import fovea.core.nn.Mode;
import fovea.core.tensor.Graph;
import fovea.core.tensor.Tensor;
import fovea.vision.model.Models;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;

/// `fovea graph`.
@Command(
    name = "graph",
    header = "Show the computational graph of an expression or a network, with gradients.",
    description = {
      "Computes an expression of variables, or the loss of a network for one black image, and shows",
      "each operation with its value and the gradient of the result with respect to it.",
    },
    footer = {
      "  fovea graph \"(x + y) * z\" x=-2 y=5 z=-4",
      "  fovea graph \"(x + y) * z\" x=-2 y=5 z=-4 --svg graph.svg",
      "  fovea graph lenet5 --svg lenet5.svg",
      "  fovea graph -- \"-x * x\" x=3                  an expression that starts with a minus",
    })
@SuppressWarnings("NullAway.Init") // picocli sets the fields
final class GraphCommand extends Subcommand {
  /// A word that is no variable is meant as a network's name.
  private static final Pattern WORD = Pattern.compile("[A-Za-z][A-Za-z0-9_]*(:.*)?");

  @Parameters(
      index = "0",
      paramLabel = "EXPRESSION-OR-MODEL",
      completionCandidates = ModelNames.class,
      description = "Such as \"(x + y) * z\"; or a network, see fovea models.")
  private String what;

  @Parameters(
      index = "1..*",
      arity = "0..*",
      paramLabel = "NAME=VALUE",
      description = "Values of the variables.")
  private List<String> assignments = List.of();

  @Option(
      names = "--svg",
      paramLabel = "FILE",
      description = "Draw the graph into this file instead.")
  private @Nullable Path svg;

  GraphCommand(Console console) {
    super(console);
  }

  @Override
  public Integer call() {
    var values = values();
    boolean isModel = WORD.matcher(what).matches() && !values.containsKey(what);
    var graph = Graph.of(isModel ? lossOfModel(values) : expression(values)).withGradients();
    if (svg == null) {
      console().out().print(graph.toText().stripTrailing() + System.lineSeparator());
    } else {
      write(svg, graph.toSvg());
      console().say("drawn into " + svg);
    }
    return ExitCode.DONE;
  }

  private Map<String, Double> values() {
    var values = new LinkedHashMap<String, Double>();
    for (var assignment : assignments) {
      var parts = assignment.split("=", 2);
      try {
        if (parts.length == 2 && values.put(parts[0].strip(), Double.valueOf(parts[1])) != null) {
          throw wrong(parts[0] + " is given two values");
        }
      } catch (NumberFormatException e) {
        throw wrong("the value of %s is no number: %s".formatted(parts[0], parts[1]));
      }
      if (parts.length != 2) {
        throw wrong(
            "%s gives no variable a value, as x=-2 does; quote an expression that has spaces"
                .formatted(assignment));
      }
    }
    return values;
  }

  private Tensor expression(Map<String, Double> values) {
    try {
      return Expression.evaluate(what, values);
    } catch (FoveaException e) {
      throw new ParameterException(spec().commandLine(), String.valueOf(e.getMessage()), e);
    }
  }

  private Tensor lossOfModel(Map<String, Double> values) {
    if (!values.isEmpty()) {
      try {
        Models.kind(what);
      } catch (UnknownNameException e) {
        throw wrong("no value is given for " + what);
      }
      throw wrong("a network has no variables; leave out " + values.keySet().iterator().next());
    }
    var input = kind(what).usual();
    var network = Models.build(what, input, 10).network();
    network.parameters().forEach((name, parameter) -> parameter.named(name));
    var image = Tensor.zeros(input.batch(1), DType.F32).named("image");
    var label = Tensor.of(new int[] {0}, Shape.of(1)).named("label");
    return Mode.training(
        Rng.of(0), () -> new CrossEntropy().of(network.forward(image), label).named("loss"));
  }

  private static void write(Path file, String text) {
    try {
      Files.writeString(file, text);
    } catch (IOException e) {
      throw new FoveaException("cannot write " + file + ": " + Failures.reason(e), e);
    }
  }
}
