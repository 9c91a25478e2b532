/// What people, or programs, say of an image: boxes, masks, keypoints, a class for each pixel.
///
/// Coordinates are in pixels and continuous, x to the right and y down: the pixel of row `i` and
/// column `j` covers [j, j + 1) × [i, i + 1), its centre is (j + ½, i + ½), and an image of height
/// `h` and width `w` covers [0, w) × [0, h).
///
/// May use: `fovea.core`, `fovea.vision.image`. Start reading at [Annotations], which holds all
/// that is said of one image, then [Instance], one thing in it.
@NullMarked
package fovea.vision.annotation;

import org.jspecify.annotations.NullMarked;
