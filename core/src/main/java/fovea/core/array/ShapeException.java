package fovea.core.array;

import fovea.core.FoveaException;

/// Shapes or types that do not fit together. The message names the operation, the layer where there
/// is one, the shapes found and what was expected: `conv2d "layer2.0.conv1": input [8, 4, 224, 224]
/// has 4 channels, weight [64, 3, 7, 7] expects 3`.
public final class ShapeException extends FoveaException {
  private static final long serialVersionUID = 1;
  private final String operation;
  private final String layer;
  private final String problem;

  public ShapeException(String operation, String problem) {
    this(operation, "", problem);
  }

  private ShapeException(String operation, String layer, String problem) {
    super(operation + (layer.isEmpty() ? "" : " \"" + layer + "\"") + ": " + problem);
    this.operation = operation;
    this.layer = layer;
    this.problem = problem;
  }

  /// The same error, in the layer of this name; of nested layers, the innermost name leads.
  public ShapeException in(String path) {
    if (path.isEmpty() || !layer.isEmpty()) {
      return this;
    }
    var named = new ShapeException(operation, path, problem);
    named.initCause(this);
    return named;
  }
}
