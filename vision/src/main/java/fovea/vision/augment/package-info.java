/// Augmentation: images changed at random in ways that do not change what they show, with their
/// boxes, masks, keypoints and label maps following.
///
/// May use: `fovea.core`, `fovea.vision.image`, `annotation`. Start reading at [Augmentations], a
/// pipeline, then [Geometric], [Photometric], [Mixing] and [Policy], what it is made of. An
/// [Augmentation] draws what it will do into a [Plan]; a [Warp] is where pixels go.
@NullMarked
package fovea.vision.augment;

import org.jspecify.annotations.NullMarked;
