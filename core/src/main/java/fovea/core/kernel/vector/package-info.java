/// Loops over memory on Java's Vector API, where its module is present (`--add-modules
/// jdk.incubator.vector`).
///
/// May use: `fovea.core.kernel` and what it may. Found by name; nobody depends on it. Start reading
/// at [fovea.core.kernel.vector.VectorLoops].
@NullMarked
package fovea.core.kernel.vector;

import org.jspecify.annotations.NullMarked;
