/// Files of weights: safetensors, read with every check and written so that no crash can spoil
/// them. May use `tensor` and what that uses. Start at [fovea.core.io.Safetensors].
@NullMarked
package fovea.core.io;

import org.jspecify.annotations.NullMarked;
