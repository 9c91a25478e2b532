/// The arithmetic: [fovea.core.kernel.Kernels] is the service, [fovea.core.kernel.JavaKernels] its
/// plain Java implementation (oracle, fallback and readable definition); `kernel.onednn` provides
/// the fast one. May use `array` and `memory`. Start at [fovea.core.kernel.Kernels].
@NullMarked
package fovea.core.kernel;

import org.jspecify.annotations.NullMarked;
