package fovea.core.kernel.onednn;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import fovea.core.FoveaException;
import fovea.core.kernel.Threads;
import fovea.core.kernel.Window;
import fovea.core.memory.Memory;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.ToIntFunction;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;

/// oneDNN's C functions, as far as they are needed, one Java method each. Names, signatures and
/// constants are those of `dnnl.h` and `dnnl_types.h`, version 3.11; what they mean is told in
/// oneDNN's own documentation.
///
/// Pointers are `long`s here: 0 is null, and nothing is allocated to pass one. Whoever calls keeps
/// them valid.
final class OneDnn {
  // dnnl_status_t
  private static final int SUCCESS = 0;
  private static final int OUT_OF_MEMORY = 1;
  private static final int UNIMPLEMENTED = 3;
  private static final int LAST_IMPL_REACHED = 4;

  // dnnl_data_type_t
  static final int BF16 = 2;
  static final int F32 = 3;
  static final int S32 = 4;
  static final int S8 = 5;
  static final int U8 = 6;

  // dnnl_prop_kind_t
  static final int FORWARD_TRAINING = 64;
  static final int FORWARD_INFERENCE = 96;
  static final int BACKWARD = 128;

  // dnnl_alg_kind_t
  static final int CONVOLUTION_DIRECT = 0x1;
  static final int ELTWISE_RELU = 0x20;
  static final int ELTWISE_TANH = 0x21;
  static final int ELTWISE_ELU = 0x22;
  static final int ELTWISE_SQUARE = 0x23;
  static final int ELTWISE_ABS = 0x24;
  static final int ELTWISE_SQRT = 0x25;
  static final int ELTWISE_LINEAR = 0x26;
  static final int ELTWISE_SOFT_RELU = 0x27;
  static final int ELTWISE_HARD_SIGMOID = 0x28;
  static final int ELTWISE_LOGISTIC = 0x29;
  static final int ELTWISE_EXP = 0x2a;
  static final int ELTWISE_GELU_TANH = 0x2b;
  static final int ELTWISE_SWISH = 0x2c;
  static final int ELTWISE_LOG = 0x2d;
  static final int ELTWISE_CLIP = 0x2e;
  static final int ELTWISE_CLIP_V2 = 0x2f;
  static final int ELTWISE_POW = 0x30;
  static final int ELTWISE_GELU_ERF = 0x31;
  static final int ELTWISE_MISH = 0x33;
  static final int ELTWISE_HARD_SWISH = 0x34;
  static final int ELTWISE_RELU_FROM_RESULT = 0x100;
  static final int ELTWISE_TANH_FROM_RESULT = 0x101;
  static final int ELTWISE_SQRT_FROM_RESULT = 0x103;
  static final int ELTWISE_LOGISTIC_FROM_RESULT = 0x104;
  static final int ELTWISE_EXP_FROM_RESULT = 0x105;
  static final int POOLING_MAX = 0x1ff;
  static final int POOLING_AVG_INCLUDE_PADDING = 0x2ff;
  static final int POOLING_AVG_EXCLUDE_PADDING = 0x3ff;
  static final int BINARY_ADD = 0x1fff0;
  static final int BINARY_MUL = 0x1fff1;
  static final int BINARY_MAX = 0x1fff2;
  static final int BINARY_MIN = 0x1fff3;
  static final int BINARY_DIV = 0x1fff4;
  static final int BINARY_SUB = 0x1fff5;
  static final int BINARY_GE = 0x1fff6;
  static final int BINARY_GT = 0x1fff7;
  static final int BINARY_LE = 0x1fff8;
  static final int BINARY_LT = 0x1fff9;
  static final int BINARY_EQ = 0x1fffa;
  static final int BINARY_NE = 0x1fffb;
  static final int BINARY_SELECT = 0x1fffc;
  static final int REDUCTION_SUM = 0x2fff4;
  static final int SOFTMAX_ACCURATE = 0x30000;
  static final int SOFTMAX_LOG = 0x30001;

  // dnnl_normalization_flags_t
  static final int USE_GLOBAL_STATS = 0x1;
  static final int USE_SCALE = 0x2;
  static final int USE_SHIFT = 0x4;
  static final int FUSE_RELU = 0x8;

  // dnnl_query_t
  private static final int QUERY_IMPL_INFO_STR = 8;
  static final int QUERY_SRC_MD = 129;
  static final int QUERY_DIFF_SRC_MD = 130;
  static final int QUERY_WEIGHTS_MD = 131;
  static final int QUERY_DIFF_WEIGHTS_MD = 132;
  static final int QUERY_WORKSPACE_MD = 135;
  static final int QUERY_SCRATCHPAD_MD = 136;

  // dnnl_format_tag_t
  static final int TAG_ANY = 1;
  static final int TAG_BLOCKS_OF_16_CHANNELS = 78;
  static final int TAG_BLOCKS_OF_8_CHANNELS = 102;

  // DNNL_ARG_…
  static final int ARG_SRC = 1;
  static final int ARG_SRC_1 = 2;
  static final int ARG_SRC_2 = 3;
  static final int ARG_DST = 17;
  static final int ARG_WEIGHTS = 33;
  static final int ARG_BIAS = 41;
  static final int ARG_MEAN = 49;
  static final int ARG_VARIANCE = 50;
  static final int ARG_SCALE = 51;
  static final int ARG_SHIFT = 52;
  static final int ARG_WORKSPACE = 64;
  static final int ARG_SCRATCHPAD = 80;
  static final int ARG_DIFF_SRC = 129;
  static final int ARG_DIFF_DST = 145;
  static final int ARG_DIFF_WEIGHTS = 161;
  static final int ARG_DIFF_BIAS = 169;
  static final int ARG_DIFF_SCALE = 255;
  static final int ARG_DIFF_SHIFT = 256;

  /// DNNL_ARG_ATTR_MULTIPLE_POST_OP(index) | DNNL_ARG_SRC_1: the operand of a binary
  /// post-operation.
  static int argPostOp(int index) {
    return 32768 * (index + 1) | ARG_SRC_1;
  }

  private static final int SCRATCHPAD_MODE_USER = 1;
  private static final int STREAM_IN_ORDER = 1;
  private static final int CPU = 1;

  // ---- calling

  private static final Linker LINKER = Linker.nativeLinker();
  private static final SymbolLookup SYMBOLS = NativeLibrary.load();

  /// Functions that are called seldom, by name, as they come to be needed.
  private static final Map<String, MethodHandle> FUNCTIONS = new ConcurrentHashMap<>();

  /// Short functions that never wait are `critical`: ten times cheaper to call.
  private static final Linker.Option CRITICAL = Linker.Option.critical(false);

  private static final MethodHandle EXECUTE =
      downcall(
          find("dnnl_primitive_execute"),
          FunctionDescriptor.of(JAVA_INT, JAVA_LONG, JAVA_LONG, JAVA_INT, JAVA_LONG));
  private static final MethodHandle SET_DATA_HANDLE =
      downcall(
          find("dnnl_memory_set_data_handle"),
          FunctionDescriptor.of(JAVA_INT, JAVA_LONG, JAVA_LONG),
          CRITICAL);
  private static final @Nullable MethodHandle SET_NUM_THREADS =
      SYMBOLS
          .find("omp_set_num_threads")
          .map(f -> downcall(f, FunctionDescriptor.ofVoid(JAVA_INT), CRITICAL))
          .orElse(null);

  private static final MethodHandle MALLOC =
      downcall(
          LINKER.defaultLookup().findOrThrow("malloc"),
          FunctionDescriptor.of(JAVA_LONG, JAVA_LONG));
  private static final MethodHandle FREE =
      downcall(LINKER.defaultLookup().findOrThrow("free"), FunctionDescriptor.ofVoid(JAVA_LONG));

  private static final int THREADS = NativeLibrary.threads();
  private static final long ENGINE;

  /// The attributes of a primitive that is handed its scratchpad and does nothing else besides.
  static final long PLAIN;

  static {
    var version = version();
    if (version.major != 3 || version.minor < 11) {
      throw new FoveaException(
          "oneDNN 3.11 or a later 3.x is needed, and the one that was loaded is " + version);
    }
    ENGINE = create("engine", out -> call("dnnl_engine_create", out, CPU, 0L));
    PLAIN = attributes(0);
  }

  private OneDnn() {}

  private static MemorySegment find(String name) {
    return SYMBOLS
        .find(name)
        .orElseThrow(
            () ->
                new FoveaException(
                    "the library that was loaded is no oneDNN 3.11: it has no " + name));
  }

  @SuppressWarnings("restricted")
  private static MethodHandle downcall(
      MemorySegment function, FunctionDescriptor type, Linker.Option... options) {
    return LINKER.downcallHandle(function, type, options);
  }

  /// Calls a function that returns an int; the arguments' types are those of the parameters.
  private static int call(String name, Object... arguments) {
    return (int) call(JAVA_INT, name, arguments);
  }

  private static long callLong(String name, Object... arguments) {
    return (long) call(JAVA_LONG, name, arguments);
  }

  private static Object call(MemoryLayout result, String name, Object... arguments) {
    var function =
        FUNCTIONS.computeIfAbsent(
            name,
            n -> {
              var layouts = new MemoryLayout[arguments.length];
              for (int i = 0; i < layouts.length; i++) {
                layouts[i] =
                    switch (arguments[i]) {
                      case Long _ -> JAVA_LONG;
                      case Integer _ -> JAVA_INT;
                      case Float _ -> JAVA_FLOAT;
                      default -> throw new IllegalArgumentException(n + ", argument " + i);
                    };
              }
              return downcall(find(n), FunctionDescriptor.of(result, layouts));
            });
    try {
      return function.invokeWithArguments(arguments);
    } catch (Throwable t) {
      throw failed(name, t);
    }
  }

  private static RuntimeException failed(String name, Throwable t) {
    if (t instanceof Error e) {
      throw e;
    }
    return t instanceof RuntimeException e
        ? e
        : new IllegalStateException(name + " could not be called", t);
  }

  /// What a function writes through its first argument, a pointer to a pointer.
  private static long create(String what, ToIntFunction<Long> function) {
    try (var arena = Arena.ofConfined()) {
      var out = arena.allocate(JAVA_LONG);
      check(function.applyAsInt(out.address()), what);
      return out.get(JAVA_LONG, 0);
    }
  }

  private static void check(int status, String what) {
    switch (status) {
      case SUCCESS -> {}
      case UNIMPLEMENTED -> throw new Unsupported();
      case OUT_OF_MEMORY -> throw new FoveaException("oneDNN ran out of memory in " + what);
      default ->
          throw new IllegalStateException("oneDNN refused %s: status %d".formatted(what, status));
    }
  }

  /// oneDNN has no implementation of a primitive; another way must be found.
  static final class Unsupported extends RuntimeException {
    private static final long serialVersionUID = 1;

    Unsupported() {
      super("not implemented in oneDNN", null, false, false);
    }
  }

  // ---- the library

  record Version(int major, int minor, int patch) {
    @Override
    public String toString() {
      return "%d.%d.%d".formatted(major, minor, patch);
    }
  }

  @SuppressWarnings("restricted")
  static Version version() {
    var v = MemorySegment.ofAddress(callLong("dnnl_version")).reinterpret(12);
    return new Version(v.get(JAVA_INT, 0), v.get(JAVA_INT, 4), v.get(JAVA_INT, 8));
  }

  /// The widest instructions in use, or nothing where that is not known.
  static String instructions() {
    return switch (call("dnnl_get_effective_cpu_isa")) {
      case 0x1 -> "SSE 4.1";
      case 0x3 -> "AVX";
      case 0x7 -> "AVX2";
      case 0xf, 0x1f -> "AVX2 VNNI";
      case 0x27 -> "AVX-512";
      case 0x67 -> "AVX-512 VNNI";
      case 0xe7 -> "AVX-512 BF16";
      case 0x1ef -> "AVX-512 FP16";
      case 0xfef, 0x1fef -> "AVX-512 AMX";
      case 0x201ff, 0x22fff -> "AVX10.2";
      default -> "";
    };
  }

  /// Whether the processor multiplies bfloat16 by itself.
  static boolean hasFastBf16() {
    return switch (call("dnnl_get_effective_cpu_isa")) {
      case 0xe7, 0x1ef, 0xfef, 0x1fef, 0x201ff, 0x22fff -> true;
      default -> false;
    };
  }

  /// Whether the processor multiplies tiles of bfloat16 (AMX), many times as fast as vectors.
  static boolean multipliesTiles() {
    return switch (call("dnnl_get_effective_cpu_isa")) {
      case 0xfef, 0x1fef, 0x22fff -> true;
      default -> false;
    };
  }

  /// How many threads a kernel that this Java thread calls may use.
  static int threads() {
    return Math.min(THREADS, Threads.limit());
  }

  /// Sets how many threads the primitives that this Java thread makes and runs may use.
  static void threads(int n) {
    if (SET_NUM_THREADS != null) {
      try {
        SET_NUM_THREADS.invokeExact(n);
      } catch (Throwable t) {
        throw failed("omp_set_num_threads", t);
      }
    }
  }

  static long malloc(long bytes) {
    try {
      long address = (long) MALLOC.invokeExact(bytes);
      if (address == 0) {
        throw new FoveaException(
            "the system has no %s left for oneDNN's workspace".formatted(Memory.size(bytes)));
      }
      return address;
    } catch (Throwable t) {
      throw failed("malloc", t);
    }
  }

  static void free(long address) {
    try {
      FREE.invokeExact(address);
    } catch (Throwable t) {
      throw failed("free", t);
    }
  }

  // ---- memory

  /// A description of an array; where the strides are left open, a primitive may choose the layout.
  ///
  /// @throws Unsupported where the layout interleaves
  static long memoryDesc(Layout layout) {
    if (layout.interleaves()) {
      throw new Unsupported();
    }
    try (var arena = Arena.ofConfined()) {
      int rank = layout.rank();
      var dims = arena.allocateFrom(JAVA_LONG, layout.sizes());
      var strides = layout.strides();
      if (strides == null) {
        return create(
            layout.toString(),
            out ->
                call(
                    "dnnl_memory_desc_create_with_tag",
                    out,
                    rank,
                    dims.address(),
                    layout.type(),
                    layout.tag()));
      }
      var steps = arena.allocateFrom(JAVA_LONG, strides);
      return create(
          layout.toString(),
          out ->
              call(
                  "dnnl_memory_desc_create_with_strides",
                  out,
                  rank,
                  dims.address(),
                  layout.type(),
                  steps.address()));
    }
  }

  static boolean equal(long memoryDesc, long other) {
    return call("dnnl_memory_desc_equal", memoryDesc, other) != 0;
  }

  static long bytes(long memoryDesc) {
    return callLong("dnnl_memory_desc_get_size", memoryDesc);
  }

  static void destroyMemoryDesc(long memoryDesc) {
    call("dnnl_memory_desc_destroy", memoryDesc);
  }

  /// A described place in memory, nowhere yet.
  static long memory(long memoryDesc) {
    return create(
        "a memory object", out -> call("dnnl_memory_create", out, memoryDesc, ENGINE, 0L));
  }

  static void setDataHandle(long memory, long address) {
    int status;
    try {
      status = (int) SET_DATA_HANDLE.invokeExact(memory, address);
    } catch (Throwable t) {
      throw failed("dnnl_memory_set_data_handle", t);
    }
    check(status, "a memory object");
  }

  static void destroyMemory(long memory) {
    call("dnnl_memory_destroy", memory);
  }

  // ---- attributes

  /// Attributes with the given post-operations, or none (0).
  static long attributes(long postOps) {
    long attr = create("attributes", out -> call("dnnl_primitive_attr_create", out));
    check(
        call("dnnl_primitive_attr_set_scratchpad_mode", attr, SCRATCHPAD_MODE_USER), "attributes");
    if (postOps != 0) {
      check(call("dnnl_primitive_attr_set_post_ops", attr, postOps), "attributes");
    }
    return attr;
  }

  static void destroyAttributes(long attr) {
    call("dnnl_primitive_attr_destroy", attr);
  }

  static long postOps() {
    return create("post-operations", out -> call("dnnl_post_ops_create", out));
  }

  static void appendEltwise(long postOps, int algorithm, float alpha, float beta) {
    check(call("dnnl_post_ops_append_eltwise", postOps, algorithm, alpha, beta), "post-operations");
  }

  static void appendBinary(long postOps, int algorithm, long operand) {
    check(call("dnnl_post_ops_append_binary", postOps, algorithm, operand), "post-operations");
  }

  static void destroyPostOps(long postOps) {
    call("dnnl_post_ops_destroy", postOps);
  }

  // ---- primitives

  /// The name of the implementation that was chosen: `jit:avx512_core`, `ref:any`.
  @SuppressWarnings("restricted")
  static String implementation(long desc) {
    long name =
        create(
            "the name of an implementation",
            out -> call("dnnl_primitive_desc_query", desc, QUERY_IMPL_INFO_STR, 0, out));
    return MemorySegment.ofAddress(name).reinterpret(256).getString(0);
  }

  /// Turns to the next implementation; `false` where there is none.
  static boolean nextImplementation(long desc) {
    int status = call("dnnl_primitive_desc_next_impl", desc);
    if (status == LAST_IMPL_REACHED) {
      return false;
    }
    check(status, "the next implementation");
    return true;
  }

  /// The layout of an argument, owned by the primitive's description; 0 where there is no such one.
  static long query(long desc, int what) {
    return callLong("dnnl_primitive_desc_query_md", desc, what, 0);
  }

  static void destroyDesc(long desc) {
    call("dnnl_primitive_desc_destroy", desc);
  }

  static long primitive(long desc, String what) {
    return create(what, out -> call("dnnl_primitive_create", out, desc));
  }

  static void destroyPrimitive(long primitive) {
    call("dnnl_primitive_destroy", primitive);
  }

  static long stream() {
    return create("a stream", out -> call("dnnl_stream_create", out, ENGINE, STREAM_IN_ORDER));
  }

  static void destroyStream(long stream) {
    call("dnnl_stream_destroy", stream);
  }

  static void execute(long primitive, long stream, int count, long arguments, String what) {
    int status;
    try {
      status = (int) EXECUTE.invokeExact(primitive, stream, count, arguments);
    } catch (Throwable t) {
      throw failed("dnnl_primitive_execute", t);
    }
    if (status != SUCCESS) {
      check(status, what);
    }
  }

  // ---- descriptions of primitives; each is to be destroyed after use

  private static long describe(String primitive, Object... arguments) {
    return create(
        primitive,
        out -> {
          var all = new Object[arguments.length + 1];
          all[0] = out;
          System.arraycopy(arguments, 0, all, 1, arguments.length);
          return call("dnnl_" + primitive, all);
        });
  }

  static long reorder(long src, long dst) {
    return describe("reorder_primitive_desc_create", src, ENGINE, dst, ENGINE, PLAIN);
  }

  static long eltwise(int algorithm, long src, long dst, float alpha, float beta, long attr) {
    return describe(
        "eltwise_forward_primitive_desc_create",
        ENGINE,
        FORWARD_INFERENCE,
        algorithm,
        src,
        dst,
        alpha,
        beta,
        attr);
  }

  /// All arrays in one layout.
  static long eltwiseBackward(int algorithm, long layout, float alpha, float beta) {
    long forward =
        describe(
            "eltwise_forward_primitive_desc_create",
            ENGINE,
            FORWARD_TRAINING,
            algorithm,
            layout,
            layout,
            alpha,
            beta,
            PLAIN);
    try {
      return describe(
          "eltwise_backward_primitive_desc_create",
          ENGINE,
          algorithm,
          layout,
          layout,
          layout,
          alpha,
          beta,
          forward,
          PLAIN);
    } finally {
      destroyDesc(forward);
    }
  }

  /// All images in one layout.
  static long prelu(long image, long weights) {
    return describe(
        "prelu_forward_primitive_desc_create",
        ENGINE,
        FORWARD_TRAINING,
        image,
        weights,
        image,
        PLAIN);
  }

  static long preluBackward(long image, long weights) {
    long forward = prelu(image, weights);
    try {
      return describe(
          "prelu_backward_primitive_desc_create",
          ENGINE,
          image,
          weights,
          image,
          weights,
          image,
          forward,
          PLAIN);
    } finally {
      destroyDesc(forward);
    }
  }

  static long binary(int algorithm, long a, long b, long dst, long attr) {
    return describe("binary_primitive_desc_create", ENGINE, algorithm, a, b, dst, attr);
  }

  static long select(long a, long b, long condition, long dst) {
    return describe(
        "binary_primitive_desc_create_v2", ENGINE, BINARY_SELECT, a, b, condition, dst, PLAIN);
  }

  static long reduction(int algorithm, long src, long dst, long attr) {
    return describe("reduction_primitive_desc_create", ENGINE, algorithm, src, dst, 0f, 0f, attr);
  }

  static long matmul(long a, long b, long bias, long dst, long attr) {
    return describe("matmul_primitive_desc_create", ENGINE, a, b, bias, dst, attr);
  }

  /// Where a window goes, as oneDNN counts: a number for each axis, a dilation of 0 between
  /// neighbours.
  record Steps(long kernel, long strides, long dilates, long padLow, long padHigh) {
    static Steps of(Window w, Arena arena) {
      return new Steps(
          each(arena, w, Window.Axis::taps),
          each(arena, w, Window.Axis::stride),
          each(arena, w, a -> a.dilation() - 1),
          each(arena, w, Window.Axis::before),
          each(arena, w, Window.Axis::after));
    }

    private static long each(Arena arena, Window w, ToLongFunction<Window.Axis> what) {
      return arena.allocateFrom(JAVA_LONG, w.axes().stream().mapToLong(what).toArray()).address();
    }
  }

  static long convolution(long src, long weights, long bias, long dst, Window window, long attr) {
    try (var arena = Arena.ofConfined()) {
      var s = Steps.of(window, arena);
      return describe(
          "convolution_forward_primitive_desc_create",
          ENGINE,
          FORWARD_TRAINING,
          CONVOLUTION_DIRECT,
          src,
          weights,
          bias,
          dst,
          s.strides,
          s.dilates,
          s.padLow,
          s.padHigh,
          attr);
    }
  }

  static long convolutionBackwardData(
      long diffSrc, long weights, long diffDst, Window window, long forward) {
    try (var arena = Arena.ofConfined()) {
      var s = Steps.of(window, arena);
      return describe(
          "convolution_backward_data_primitive_desc_create",
          ENGINE,
          CONVOLUTION_DIRECT,
          diffSrc,
          weights,
          diffDst,
          s.strides,
          s.dilates,
          s.padLow,
          s.padHigh,
          forward,
          PLAIN);
    }
  }

  static long convolutionBackwardWeights(
      long src, long diffWeights, long diffBias, long diffDst, Window window, long forward) {
    try (var arena = Arena.ofConfined()) {
      var s = Steps.of(window, arena);
      return describe(
          "convolution_backward_weights_primitive_desc_create",
          ENGINE,
          CONVOLUTION_DIRECT,
          src,
          diffWeights,
          diffBias,
          diffDst,
          s.strides,
          s.dilates,
          s.padLow,
          s.padHigh,
          forward,
          PLAIN);
    }
  }

  static long pooling(int kind, int algorithm, long src, long dst, Window window) {
    try (var arena = Arena.ofConfined()) {
      var s = Steps.of(window, arena);
      return describe(
          "pooling_forward_primitive_desc_create",
          ENGINE,
          kind,
          algorithm,
          src,
          dst,
          s.strides,
          s.kernel,
          s.dilates,
          s.padLow,
          s.padHigh,
          PLAIN);
    }
  }

  static long poolingBackward(
      int algorithm, long diffSrc, long diffDst, Window window, long forward) {
    try (var arena = Arena.ofConfined()) {
      var s = Steps.of(window, arena);
      return describe(
          "pooling_backward_primitive_desc_create",
          ENGINE,
          algorithm,
          diffSrc,
          diffDst,
          s.strides,
          s.kernel,
          s.dilates,
          s.padLow,
          s.padHigh,
          forward,
          PLAIN);
    }
  }

  static long batchNorm(int kind, long src, long dst, float eps, int flags) {
    return describe(
        "batch_normalization_forward_primitive_desc_create",
        ENGINE,
        kind,
        src,
        dst,
        eps,
        flags,
        PLAIN);
  }

  /// All arrays in one layout.
  static long batchNormBackward(long layout, float eps, int flags, long forward) {
    return describe(
        "batch_normalization_backward_primitive_desc_create",
        ENGINE,
        BACKWARD,
        layout,
        layout,
        layout,
        eps,
        flags,
        forward,
        PLAIN);
  }

  static long softmax(int algorithm, long src, long dst, int axis) {
    return describe(
        "softmax_forward_primitive_desc_create",
        ENGINE,
        FORWARD_TRAINING,
        algorithm,
        src,
        dst,
        axis,
        PLAIN);
  }

  static long softmaxBackward(
      int algorithm, long diffSrc, long diffDst, long dst, int axis, long forward) {
    return describe(
        "softmax_backward_primitive_desc_create",
        ENGINE,
        algorithm,
        diffSrc,
        diffDst,
        dst,
        axis,
        forward,
        PLAIN);
  }
}
