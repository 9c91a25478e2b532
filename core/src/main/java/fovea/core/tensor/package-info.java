/// Tensors, automatic differentiation and the operations on them.
///
/// [fovea.core.tensor.Tensor] is a value in the graph; [fovea.core.tensor.Graph] records operations
/// and shows them; each differentiable operation is one record that implements
/// [fovea.core.tensor.Backward]: its components are what it saves. What belongs to networks are
/// static functions by family: [fovea.core.tensor.Convolution], [fovea.core.tensor.Pooling],
/// [fovea.core.tensor.Normalization].
///
/// May use `kernel`, `array`, `memory`. Start at [fovea.core.tensor.Tensor], then read
/// [fovea.core.tensor.Arithmetic].
@NullMarked
package fovea.core.tensor;

import org.jspecify.annotations.NullMarked;
