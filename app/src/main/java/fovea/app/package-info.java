/// Fovea's command line program: a class for each command, and what they share.
///
/// Results go to standard output, everything else to standard error. May use: all of Fovea,
/// picocli, progressbar, Jackson. Start reading at [Main], then [TrainCommand].
@NullMarked
package fovea.app;

import org.jspecify.annotations.NullMarked;
