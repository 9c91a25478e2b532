package fovea.core.nn;

import fovea.core.array.DType;
import fovea.core.array.Rng;
import fovea.core.array.Shape;
import fovea.core.kernel.Kernels;
import fovea.core.memory.Scope;
import fovea.core.memory.Tape;
import fovea.core.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/// A named tensor of a layer's state: a parameter, which training moves, or a buffer, which it does
/// not.
///
/// It gets its values when they are first needed: from what was loaded, from [Layer#init], or else
/// from the stream of seed 0, split by its full name.
public final class Parameter {
  private final Layer owner;
  private final String name;
  private final Shape shape;
  private final Init init;
  private final boolean trainable;
  private DType dtype = DType.F32;
  private volatile @Nullable Tensor value;

  Parameter(Layer owner, String name, Shape shape, Init init, boolean trainable) {
    this.owner = owner;
    this.name = name;
    this.shape = shape;
    this.init = init;
    this.trainable = trainable;
  }

  /// Its name in its layer: `weight`.
  public String name() {
    return name;
  }

  public Shape shape() {
    return shape;
  }

  /// Whether training moves it: a parameter of a layer that is not frozen.
  public boolean isTrainable() {
    return trainable && !owner.isFrozen();
  }

  /// Its values; with gradient where it is trainable.
  public Tensor get() {
    var v = value;
    if (v == null) {
      Tape.aside(() -> owner.root().initMissing(Rng.of(0)));
      v = value;
      if (v == null) {
        throw new AssertionError("a parameter of the tree was left without values");
      }
    }
    return v.requiresGrad() && !isTrainable() ? v.detach() : v;
  }

  boolean isMissing() {
    return value == null;
  }

  /// How it starts, by its layer.
  Init init() {
    return init;
  }

  /// Draws new values.
  void draw(Rng rng, Init from) {
    set(from.draw(rng, shape, dtype));
  }

  /// Copies values in; a first time they are taken in a copy of their own, which lives as long as
  /// the layer.
  void set(Tensor values) {
    var v = value;
    if (v == null) {
      v = own(Tensor.zeros(shape, dtype));
    }
    Kernels.best().copy(values.array(), v.array());
    value = v;
  }

  void to(DType type) {
    dtype = type;
    var v = value;
    if (v != null && v.dtype() != type) {
      value = own(v.detach().to(type));
    }
  }

  private Tensor own(Tensor v) {
    // However deep in scopes it was made, a layer's state belongs to the layer.
    Scope.keepForever(v.array().storage());
    v.array().storage().origin("parameter " + name);
    return (trainable ? v.withGrad() : v).named(name);
  }
}
