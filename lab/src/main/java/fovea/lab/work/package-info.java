/// What is measured: steps of work, and the networks they run, described once for all contestants.
///
/// Start reading at [Work], then [Networks].
@NullMarked
package fovea.lab.work;

import org.jspecify.annotations.NullMarked;
