/// Pictures as arrays of bytes: reading and writing files, grey and colour, resizing.
///
/// May use: `fovea.core`. Start reading at [Image]; [Images] reads and writes them.
@NullMarked
package fovea.vision.image;

import org.jspecify.annotations.NullMarked;
