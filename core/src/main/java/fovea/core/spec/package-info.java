/// Settings as text: records that can be written on a command line and read back. Knows nothing of
/// what they are settings of. Start at [fovea.core.spec.Specifications].
@NullMarked
package fovea.core.spec;

import org.jspecify.annotations.NullMarked;
