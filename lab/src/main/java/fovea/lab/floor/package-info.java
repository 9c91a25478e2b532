/// The floor: how fast oneDNN's own primitives do the arithmetic of a work, each alone.
///
/// [FloorKernels] lists what a work consists of, [FloorMain] times it.
@NullMarked
package fovea.lab.floor;

import org.jspecify.annotations.NullMarked;
