/// Overhead of single operations, by JMH: `lab/jmh`.
@NullMarked
package fovea.lab.jmh;

import org.jspecify.annotations.NullMarked;
