package fovea.core.nn;

import fovea.core.tensor.Tensor;
import java.util.List;

/// Gives its input to several branches and joins what they make of it along an axis; the branches
/// are called `0, 1, …`.
///
/// **Shapes**: `x [N, C, …]` → `y [N, Σ Kᵢ, …]` for axis 1, where branch i makes `[N, Kᵢ, …]` of x.
public final class Concat extends Layer {
  private final int axis;
  private final List<Forward> branches;

  /// Branches that are not layers, `x -> x` for one, have no state.
  ///
  /// @throws IllegalArgumentException when there is no branch
  public Concat(int axis, Forward... branches) {
    if (branches.length == 0) {
      throw new IllegalArgumentException("there is nothing to join");
    }
    this.axis = axis;
    this.branches = List.of(branches);
    for (int i = 0; i < branches.length; i++) {
      if (branches[i] instanceof Layer layer) {
        child(Integer.toString(i), layer);
      }
    }
  }

  @Override
  protected Tensor compute(Tensor x) {
    return Tensor.concat(axis, branches.stream().map(branch -> branch.forward(x)).toList());
  }

  @Override
  public String describe() {
    return "Concat(axis " + axis + ")";
  }
}
