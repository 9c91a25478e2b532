/// Classifiers of before deep learning, for every network to beat: nearest neighbours, nearest
/// mean, linear support vector machines on pixels and on histograms of gradients. Each is fitted to
/// the training images as a whole, and is a layer like any other then.
///
/// May use: `fovea.core`, `fovea.vision.image`, `data`. Start reading at
/// [fovea.vision.classic.Baseline].
@NullMarked
package fovea.vision.classic;

import org.jspecify.annotations.NullMarked;
