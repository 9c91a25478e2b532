/// Whether Fovea computes what others compute: each operation, layer, loss, optimizer, schedule and
/// start on random shapes and options, beside LibTorch in the same process.
///
/// Start reading at [Parity], the program; then [Case], one comparison, and [TensorRows] for how
/// rows are written.
@NullMarked
package fovea.lab.parity;

import org.jspecify.annotations.NullMarked;
