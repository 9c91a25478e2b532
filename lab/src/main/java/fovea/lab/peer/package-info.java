/// The contestants: each does bursts of steps in a process of its own.
///
/// Start reading at [PeerMain], which speaks with the driver, then [FoveaPeer].
@NullMarked
package fovea.lab.peer;

import org.jspecify.annotations.NullMarked;
