/// Networks, one file for each family, and [fovea.vision.model.Models], the registry of them.
///
/// May use: `fovea.core`, `fovea.vision.image`, `fovea.vision.data`. Start reading at [Models],
/// then [LeNet].
@NullMarked
package fovea.vision.model;

import org.jspecify.annotations.NullMarked;
