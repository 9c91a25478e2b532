/// Shapes, element types, strided views of native memory, random numbers. No arithmetic. Start at
/// [NdArray]. May use `memory`.
@NullMarked
package fovea.core.array;

import org.jspecify.annotations.NullMarked;
