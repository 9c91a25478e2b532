/// A run: the folder that a training leaves. What is known of it ([fovea.vision.run.RunRecord]),
/// its model at work ([fovea.vision.run.Run]) and how good it is ([fovea.vision.run.Evaluation]).
///
/// May use: `fovea.core`, `fovea.vision.image`, `data`, `model`. Start reading at [Run].
@NullMarked
package fovea.vision.run;

import org.jspecify.annotations.NullMarked;
