/// Training: the loop, what it reports, and what it keeps on disk so that it can go on.
///
/// [fovea.core.train.Trainer] is the loop; an [fovea.core.train.Objective] says what a batch costs;
/// [fovea.core.train.Batches] brings data; [fovea.core.train.Listener] watches;
/// [fovea.core.train.Checkpoint] is where a training stands. Knows nothing of images. May use
/// everything else in `core`. Start at [fovea.core.train.Trainer].
@NullMarked
package fovea.core.train;

import org.jspecify.annotations.NullMarked;
