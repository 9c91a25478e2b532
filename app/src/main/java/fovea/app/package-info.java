/// Fovea's command line program.
@NullMarked
package fovea.app;

import org.jspecify.annotations.NullMarked;
