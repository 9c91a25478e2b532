/// Losses: what training makes small. May use `nn`, `tensor` and below. Start at
/// [fovea.core.loss.Loss].
@NullMarked
package fovea.core.loss;

import org.jspecify.annotations.NullMarked;
