/// Native memory: blocks from a pool by size class, under a byte budget, given back by [Scope] or
/// by the collector. Knows nothing of shapes. Start at [Memory].
@NullMarked
package fovea.core.memory;

import org.jspecify.annotations.NullMarked;
