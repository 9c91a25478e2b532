/// Optimizers and schedules: how parameters follow their gradients. [fovea.core.optim.UpdateRule]
/// is a specification, [fovea.core.optim.Optimizer] that rule at work on parameters, with its
/// state. May use `nn`, `tensor` and below. Start at [fovea.core.optim.Sgd].
@NullMarked
package fovea.core.optim;

import org.jspecify.annotations.NullMarked;
