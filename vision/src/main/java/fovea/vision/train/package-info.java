/// Training of image models, whole: data, model, settings and a folder in, a run out.
///
/// May use: everything else in `fovea.vision`. Start reading at [Training].
@NullMarked
package fovea.vision.train;

import org.jspecify.annotations.NullMarked;
