package fovea.core.memory;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

/// The C library's `malloc` and `free`. Arenas are not used: their memory counts against the limit
/// of direct buffers, whose guard calls for garbage collections.
final class Native {
  private static final long ALIGNMENT = 64;
  private static final MethodHandle MALLOC =
      handle("malloc", FunctionDescriptor.of(ADDRESS, JAVA_LONG));
  private static final MethodHandle FREE = handle("free", FunctionDescriptor.ofVoid(ADDRESS));

  private Native() {}

  @SuppressWarnings("restricted")
  private static MethodHandle handle(String name, FunctionDescriptor type) {
    var linker = Linker.nativeLinker();
    return linker.downcallHandle(linker.defaultLookup().findOrThrow(name), type);
  }

  /// A block of the class, or `null` where the system has no memory left.
  @SuppressWarnings("restricted")
  static @org.jspecify.annotations.Nullable Block allocate(int sizeClass) {
    long bytes = SizeClass.bytes(sizeClass);
    try {
      var base = (MemorySegment) MALLOC.invokeExact(bytes + ALIGNMENT);
      if (base.address() == 0) {
        return null;
      }
      long aligned = (base.address() + ALIGNMENT - 1) & -ALIGNMENT;
      return new Block(MemorySegment.ofAddress(aligned).reinterpret(bytes), base, sizeClass);
    } catch (Throwable t) {
      throw new AssertionError("malloc could not be called", t);
    }
  }

  static void free(Block block) {
    try {
      FREE.invokeExact(block.base());
    } catch (Throwable t) {
      throw new AssertionError("free could not be called", t);
    }
  }
}
