/// Labelled images: where they come from and how they are split.
///
/// Every reader checks what it reads; what is wrong is said in one sentence that names the file,
/// before memory of a size that a file merely claims is asked for.
///
/// May use: `fovea.core`, `fovea.vision.image`, `fovea.vision.annotation`. Start reading at
/// [Datasets], which opens data by name or path, then [Dataset], which all of it is read through;
/// [Digits] draws the set that is built in.
@NullMarked
package fovea.vision.data;

import org.jspecify.annotations.NullMarked;
