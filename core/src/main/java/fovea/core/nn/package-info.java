/// Layers: what has parameters, how they start, and how layers are composed.
///
/// [fovea.core.nn.Layer] holds state under PyTorch's names; [fovea.core.nn.Mode] says whether a
/// computation trains or evaluates; [fovea.core.nn.Init] draws first values. May use `tensor` and
/// below. Start at [fovea.core.nn.Layer], then read [fovea.core.nn.Linear].
@NullMarked
package fovea.core.nn;

import org.jspecify.annotations.NullMarked;
