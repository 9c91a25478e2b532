package fovea.core.tensor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import fovea.core.array.DType;
import fovea.core.array.Shape;
import fovea.core.array.ShapeException;
import fovea.core.kernel.Window;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.function.ThrowingSupplier;

/// Operands that do not fit: what each error says, word for word. It names the operation, what was
/// found and what would fit.
class ShapeErrorsTest {

  private static Tensor f32(int... shape) {
    return Tensor.zeros(shape);
  }

  private static Tensor f64(int... shape) {
    return Tensor.zeros(Shape.of(shape), DType.F64);
  }

  private static Tensor i64(int... shape) {
    return Tensor.zeros(Shape.of(shape), DType.I64);
  }

  private static DynamicTest error(String message, ThrowingSupplier<?> body) {
    return DynamicTest.dynamicTest(
        message,
        () -> assertEquals(message, assertThrows(ShapeException.class, body::get).getMessage()));
  }

  @TestFactory
  Stream<DynamicTest> arithmetic() {
    return Stream.of(
        error(
            "add: [2, 3] and [2, 4] do not broadcast: axis -1 has sizes 3 and 4",
            () -> f32(2, 3).add(f32(2, 4))),
        error(
            "maximum: [2, 3] and [4, 3] do not broadcast: axis -2 has sizes 2 and 4",
            () -> f32(2, 3).maximum(f32(4, 3))),
        error(
            "le: [2] and [3] do not broadcast: axis -1 has sizes 2 and 3", () -> f32(2).le(f32(3))),
        error(
            "mul: the operands are float32 and float64; cast one of them with to(…)",
            () -> f32(2).mul(f64(2))),
        error(
            "where: [2] and [3] do not broadcast: axis -1 has sizes 2 and 3",
            () -> Tensor.where(f32(2).gt(0), f32(3), f32(3))),
        error(
            "where: the condition must be bool, not float32",
            () -> Tensor.where(f32(2), f32(2), f32(2))),
        error(
            "where: the operands are float32 and float64; cast one of them with to(…)",
            () -> Tensor.where(f32(2).gt(0), f32(2), f64(2))),
        error("exp: needs a floating type, not int64; cast it with to(DType.F32)", i64(2)::exp),
        error(
            "mul: needs a floating type, not int64; cast it with to(DType.F32)",
            () -> i64(2).mul(3)));
  }

  @TestFactory
  Stream<DynamicTest> reductions() {
    return Stream.of(
        error(
            "sum: [2, 3] has no axis 2; its axes are 0 to 1, or −2 to −1 from the last",
            () -> f32(2, 3).sum(2)),
        error("mean: a single number has no axis 0", () -> f32().mean(0)),
        error(
            "sum: needs a floating type, not bool; cast it with to(DType.F32)",
            () -> f32(2).gt(0).sum()),
        error("max: [0, 3] has no elements to take the max of", () -> f32(0, 3).max()),
        error("min: [0, 3] has no elements to take the min of", () -> f32(0, 3).min(0)),
        error("argMax: [2, 0] has no elements along axis 1", () -> f32(2, 0).argMax(1)),
        error(
            "argMax: [2, 3] has no axis -3; its axes are 0 to 1, or −2 to −1 from the last",
            () -> f32(2, 3).argMax(-3)),
        error(
            "sumTo: [2, 3] and [2, 4] do not broadcast: axis -1 has sizes 3 and 4",
            () -> f32(2, 3).sumTo(Shape.of(2, 4))),
        error(
            "sumTo: [2, 3] is not repeated to [1, 3] anywhere",
            () -> f32(1, 3).sumTo(Shape.of(2, 3))),
        error(
            "logSoftmax: [2, 3] has no axis 2; its axes are 0 to 1, or −2 to −1 from the last",
            () -> f32(2, 3).logSoftmax(2)),
        error(
            "softmax: needs a floating type, not int64; cast it with to(DType.F32)",
            () -> i64(2).softmax(0)));
  }

  @TestFactory
  Stream<DynamicTest> products() {
    return Stream.of(
        error(
            "matmul: [2, 3] · [4, 5]: the left has 3 columns, the right 4 rows; they must be as"
                + " many",
            () -> f32(2, 3).matmul(f32(4, 5))),
        error(
            "matmul: [3] · [4]: the left has 3 columns, the right 4 rows; they must be as many",
            () -> f32(3).matmul(f32(4))),
        error(
            "matmul: [2, 4, 3] · [5, 3, 2]: the axes before the last two do not broadcast; they"
                + " must be the same, 1 or missing",
            () -> f32(2, 4, 3).matmul(f32(5, 3, 2))),
        error(
            "matmul: [] · [3]: a number has no matrix product; use mul",
            () -> f32().matmul(f32(3))),
        error(
            "matmul: needs two operands of one floating type, not float32 and float64",
            () -> f32(2, 2).matmul(f64(2, 2))),
        error(
            "linear: input [2, 3] has 3 features, weight [4, 5] expects 5",
            () -> f32(2, 3).linear(f32(4, 5), null)),
        error(
            "linear: bias [3] must be [4], as weight [4, 3] has so many rows",
            () -> f32(2, 3).linear(f32(4, 3), f32(3))),
        error("linear: weight [3] is not [out, in]", () -> f32(2, 3).linear(f32(3), null)),
        error("linear: input is a single number, not […, in]", () -> f32().linear(f32(4, 3), null)),
        error(
            "linear: input, weight and bias must have one floating type; they are float32, float32"
                + " and float64",
            () -> f32(2, 3).linear(f32(4, 3), f64(4))));
  }

  @TestFactory
  Stream<DynamicTest> images() {
    var x = f32(8, 4, 9, 9);
    return Stream.of(
        error(
            "conv2d: input [4, 9, 9] is not [N, C, H, W]",
            () -> Convolution.conv2d(f32(4, 9, 9), f32(6, 4, 3, 3), null, Window.of(3))),
        error(
            "conv2d: weight [6, 3, 3] is not [K, C/groups, KH, KW]",
            () -> Convolution.conv2d(x, f32(6, 3, 3), null, Window.of(3))),
        error(
            "conv2d: input [8, 4, 9, 9] has 4 channels, weight [6, 3, 7, 7] expects 3",
            () -> Convolution.conv2d(x, f32(6, 3, 7, 7), null, Window.of(7))),
        error(
            "conv2d: input [8, 4, 9, 9] has 4 channels, weight [6, 4, 3, 3] expects 8 in 2 groups",
            () -> Convolution.conv2d(x, f32(6, 4, 3, 3), null, Window.of(3), 2)),
        error(
            "conv2d: 5 filters cannot be split into 2 groups",
            () -> Convolution.conv2d(x, f32(5, 2, 3, 3), null, Window.of(3), 2)),
        error(
            "conv2d: weight [6, 4, 3, 3] has not the window's size 2×2",
            () -> Convolution.conv2d(x, f32(6, 4, 3, 3), null, Window.of(2))),
        error(
            "conv2d: bias [4] must be [6]",
            () -> Convolution.conv2d(x, f32(6, 4, 3, 3), f32(4), Window.of(3))),
        error(
            "conv2d: the weight is float32, the bias float64",
            () -> Convolution.conv2d(x, f32(6, 4, 3, 3), f64(6), Window.of(3))),
        error(
            "conv2d: input and weight must have one floating type, not float32 and float64",
            () -> Convolution.conv2d(x, f64(6, 4, 3, 3), null, Window.of(3))),
        error(
            "conv2d: input [8, 4, 2, 9], padded by 0+0 rows and 1+0 columns, is smaller than the"
                + " 3×3 window",
            () ->
                Convolution.conv2d(
                    f32(8, 4, 2, 9), f32(6, 4, 3, 3), null, Window.of(3).pad(0, 1, 0, 0))),
        error(
            "conv2d: input [8, 4, 9, 9], padded by 0+0 rows and 0+0 columns, is smaller than the"
                + " 3×3 window with its dilation",
            () -> Convolution.conv2d(x, f32(6, 4, 3, 3), null, Window.of(3).dilation(5))),
        error(
            "convTranspose2d: weight [4, 6, 3] is not [C, K/groups, KH, KW]",
            () -> Convolution.convTranspose2d(x, f32(4, 6, 3), null, Window.of(3))),
        error(
            "convTranspose2d: input [8, 4, 9, 9] has 4 channels, weight [3, 6, 3, 3] expects 3",
            () -> Convolution.convTranspose2d(x, f32(3, 6, 3, 3), null, Window.of(3))),
        error(
            "convTranspose2d: 4 channels cannot be split into 3 groups",
            () -> Convolution.convTranspose2d(x, f32(4, 6, 3, 3), null, Window.of(3), 0, 0, 3)),
        error(
            "convTranspose2d: bias [6] must be [12]",
            () -> Convolution.convTranspose2d(x, f32(4, 6, 3, 3), f32(6), Window.of(3), 0, 0, 2)),
        error(
            "convTranspose2d: output padding 1×2 must be less than the stride, 2×2",
            () ->
                Convolution.convTranspose2d(
                    x, f32(4, 6, 3, 3), null, Window.of(3).stride(2), 1, 2, 1)),
        error(
            "convTranspose2d: of input [8, 4, 1, 9] the padding leaves nothing of the output",
            () ->
                Convolution.convTranspose2d(
                    f32(8, 4, 1, 9), f32(4, 6, 2, 2), null, Window.of(2).pad(1))),
        error(
            "adaptiveAvgPool2d: input [1, 3, 0, 4] has no pixels",
            () -> Pooling.adaptiveAvgPool2d(f32(1, 3, 0, 4), 1, 1)),
        error(
            "adaptiveAvgPool2d: the output has at least one pixel, not 0×2",
            () -> Pooling.adaptiveAvgPool2d(x, 0, 2)),
        error(
            "maxPool2d: input [2, 3, 4] is not [N, C, H, W]",
            () -> Pooling.maxPool2d(f32(2, 3, 4), Window.of(2))),
        error(
            "avgPool2d: input [8, 4, 1, 9], padded by 0+0 rows and 0+0 columns, is smaller than the"
                + " 2×2 window",
            () -> Pooling.avgPool2d(f32(8, 4, 1, 9), Window.of(2))),
        error(
            "maxPool2d: padding of 2+0 rows and 0+0 columns is more than half of the 2×2 window",
            () -> Pooling.maxPool2d(x, Window.of(2).pad(2, 0, 0, 0))),
        error(
            "maxPool2d: input [1, 1, 2, 9] is so small that a 2×2 window would lie in the padding"
                + " alone",
            () -> Pooling.maxPool2d(f32(1, 1, 2, 9), Window.of(2).pad(1).dilation(3))),
        error(
            "avgPool2d: input [1, 1, 9, 0] is so small that a 2×2 window would lie in the padding"
                + " alone",
            () -> Pooling.avgPool2d(f32(1, 1, 9, 0), Window.of(2).pad(1))),
        error(
            "avgPool2d: needs a floating type, not int64",
            () -> Pooling.avgPool2d(i64(1, 1, 9, 9), Window.of(2))),
        error(
            "batchNorm: input [2] is not [N, C, …]",
            () -> Normalization.batchNorm(f32(2), f32(2), f32(2), 1e-5)),
        error(
            "batchNorm: training needs more than one value a channel, input is [1, 2]",
            () -> Normalization.batchNorm(f32(1, 2), f32(2), f32(2), 1e-5)),
        error(
            "batchNorm: input [4, 2] has 2 channels, the scale is [3] and the shift [2]",
            () -> Normalization.batchNorm(f32(4, 2), f32(3), f32(2), 1e-5)),
        error(
            "batchNorm: input, scale and shift must have one floating type; they are float32,"
                + " float32 and float64",
            () -> Normalization.batchNorm(f32(4, 2), f32(2), f64(2), 1e-5)),
        error(
            "batchNorm: input float32 [4, 2] has 2 channels, the mean is float32 [3] and the"
                + " variance float64 [2]",
            () -> Normalization.batchNorm(f32(4, 2), f32(2), f32(2), f32(3), f64(2), 1e-5)));
  }

  @TestFactory
  Stream<DynamicTest> shapes() {
    var x = f32(2, 3);
    return Stream.of(
        error(
            "of: 3 values do not fill [2, 2], which has 4",
            () -> Tensor.of(new float[3], Shape.of(2, 2))),
        error("shape: [2, -1] has a negative size", () -> Tensor.zeros(2, -1)),
        error("arange: there are no -1 numbers", () -> Tensor.arange(-1)),
        error("item: [2, 3] is not one number", x::item),
        error("reshape: [2, 3] has 6 elements, [4] has 4", () -> x.reshape(4)),
        error("reshape: [2, 3] has 6 elements, which [4, -1] cannot hold", () -> x.reshape(4, -1)),
        error(
            "reshape: [2, 3] to [-1, -1]: one size may be −1, for what is left, and no other"
                + " negative",
            () -> x.reshape(-1, -1)),
        error(
            "flatten: [2, 3] has no axis 2; its axes are 0 to 1, or −2 to −1 from the last",
            () -> x.flatten(2)),
        error("permute: [0] does not name each axis of [2, 3] once", () -> x.permute(0)),
        error("permute: [0, 0] names axis 0 of [2, 3] twice", () -> x.permute(0, -2)),
        error(
            "transpose: [2, 3] has no axis 2; its axes are 0 to 1, or −2 to −1 from the last",
            () -> x.transpose(0, 2)),
        error("unsqueeze: 4 is no place among the axes of [2, 3]", () -> x.unsqueeze(4)),
        error("squeeze: axis 0 of [2, 3] is not of size 1", () -> x.squeeze(0)),
        error("expand: [2, 3] cannot be repeated to [4, 3]", () -> x.expand(Shape.of(4, 3))),
        error("expand: [2, 3] cannot be repeated to [3]", () -> x.expand(Shape.of(3))),
        error("slice: 2:5:1 is not within axis 1 of [2, 3]", () -> x.slice(1, 2, 5)),
        error("slice: 0:2:0 is not within axis 1 of [2, 3]", () -> x.slice(1, 0, 2, 0)),
        error(
            "slice: [2, 3] has no axis 2; its axes are 0 to 1, or −2 to −1 from the last",
            () -> x.slice(2, 0, 1)),
        error("select: index 2 lies outside axis 0 of [2, 3]", () -> x.select(0, 2)),
        error("concat: there is nothing to join", () -> Tensor.concat(0)),
        error(
            "concat: [2, 3] and [2, 4] differ along more than axis 0",
            () -> Tensor.concat(0, x, f32(2, 4))),
        error("concat: the parts are float32 and float64", () -> Tensor.concat(0, x, f64(2, 3))),
        error("pad: padding cannot be negative: -1, 0", () -> x.pad(0, -1, 0, 0)));
  }

  @TestFactory
  Stream<DynamicTest> indices() {
    var x = f32(2, 3);
    return Stream.of(
        error(
            "gather: the index must be int64 or int32, not float32", () -> x.gather(1, f32(2, 1))),
        error(
            "gather: the index [2] must have the rank of [2, 3] and be no larger but along axis 1",
            () -> x.gather(1, i64(2))),
        error(
            "gather: the index [3, 1] must have the rank of [2, 3] and be no larger but along axis"
                + " 1",
            () -> x.gather(-1, i64(3, 1))),
        error(
            "gather: index 3 lies outside axis 1 of [2, 3], which has size 3",
            () -> x.gather(1, Tensor.of(new long[] {0, 3}, Shape.of(2, 1)))),
        error(
            "gather: index -1 lies outside axis 1 of [2, 3], which has size 3",
            () -> x.gather(1, Tensor.of(new int[] {-1, 0}, Shape.of(2, 1)))),
        error(
            "scatterAdd: the index [2, 1] is not shaped as x [2, 3]",
            () -> x.scatterAdd(Shape.of(2, 3), 1, i64(2, 1))),
        error(
            "scatterAdd: index 5 lies outside axis 0 of [4, 3], which has size 4",
            () ->
                x.scatterAdd(
                    Shape.of(4, 3), 0, Tensor.of(new int[] {0, 0, 5, 0, 0, 0}, Shape.of(2, 3)))));
  }
}
