/// [fovea.core.kernel.Kernels] on oneDNN, the library that PyTorch, too, computes with on
/// processors: called through the Foreign Function & Memory API, found at run time as a service.
///
/// A kernel call is looked up by operation, shapes and strides; what is found is a [Plan]: a few
/// oneDNN primitives, chosen, compiled and bound to their arguments once. All that remains for a
/// call is to hand over addresses. Start at [OneDnnKernels]; the plans of each family of operations
/// are made in a class of their own ([Convolutions], [Elementwise], …), and [PlanBuilder] is what
/// these are written in.
///
/// May use `kernel`, `array` and `memory`.
@NullMarked
package fovea.core.kernel.onednn;

import org.jspecify.annotations.NullMarked;
