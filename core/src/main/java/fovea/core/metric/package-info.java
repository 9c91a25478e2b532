/// Figures of merit, added up over batches. May use `nn`, `tensor` and below. Start at
/// [fovea.core.metric.ConfusionMatrix].
@NullMarked
package fovea.core.metric;

import org.jspecify.annotations.NullMarked;
