package fovea.core.memory;

import java.lang.foreign.MemorySegment;

/// A piece of native memory that the pool owns: `segment` is 64-byte aligned and as large as its
/// size class; `base` is what the C library handed out and wants back.
record Block(MemorySegment segment, MemorySegment base, int sizeClass) {}
