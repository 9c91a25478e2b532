/// Fovea beside others on the same work, in one run. [fovea.lab.Bench] is the program; each
/// contestant is a process of its own ([fovea.lab.peer]) that does a burst of steps when asked.
@NullMarked
package fovea.lab;

import org.jspecify.annotations.NullMarked;
