package fovea.core.kernel.onednn;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import fovea.core.array.DType;
import fovea.core.array.NdArray;
import fovea.core.array.Shape;
import fovea.core.kernel.Team;
import fovea.core.kernel.Window;
import fovea.core.kernel.onednn.PlanBuilder.Value;
import java.lang.ref.Reference;
import org.jspecify.annotations.Nullable;

/// Plans for pooling. Images are channels-last inside, whatever they are outside: so the workspace
/// of max pooling means the same on the way back.
final class Poolings {
  private Poolings() {}

  /// The size of the workspace of max pooling.
  static long workspaceBytes(int type, Shape x, Window window, Shape y) {
    try (var b = new PlanBuilder("max pooling of " + x, 0)) {
      long desc =
          forwardDesc(
              b,
              OneDnn.FORWARD_TRAINING,
              OneDnn.POOLING_MAX,
              b.desc(Layout.channelsLast(type, x)),
              b.desc(Layout.channelsLast(type, y)),
              window);
      return OneDnn.bytes(OneDnn.query(desc, OneDnn.QUERY_WORKSPACE_MD));
    }
  }

  static Plan max(NdArray x, Window window, NdArray y, @Nullable NdArray workspace) {
    int kind = workspace == null ? OneDnn.FORWARD_INFERENCE : OneDnn.FORWARD_TRAINING;
    return forward(x, window, y, OneDnn.POOLING_MAX, kind, workspace != null);
  }

  /// Reads the workspace of max pooling: for each output, channels-last, the number of the tap that
  /// saw the largest, in a byte where all fit into one, else in four.
  ///
  /// @param indices of the outputs' shape
  static void maxIndices(Team team, Shape x, Window window, NdArray workspace, NdArray indices) {
    int rank = window.rank();
    var y = indices.shape();
    var steps = new int[rank]; // in a channel of x, from one pixel to the next
    steps[rank - 1] = 1;
    for (int i = rank - 2; i >= 0; i--) {
      steps[i] = steps[i + 1] * x.size(3 + i);
    }
    var taps = new int[window.area()];
    for (int tap = 0; tap < taps.length; tap++) {
      int rest = tap;
      for (int i = rank - 1; i >= 0; i--) {
        var a = window.axis(i);
        taps[tap] += (rest % a.taps() * a.dilation() - a.before()) * steps[i];
        rest /= a.taps();
      }
    }
    int channels = y.size(1);
    boolean bytes = workspace.shape().elements() < Integer.BYTES * y.elements();
    int rows = Math.toIntExact(y.elements() / channels / y.size(-1));
    try {
      var from = workspace.segment().asSlice(workspace.offset());
      var to = indices.segment();
      team.run(
          rows,
          row -> {
            // Of [N, …, row], which place of x it begins at, and which of `indices`.
            int rest = row;
            int start = 0;
            long at = indices.offset();
            for (int axis = y.rank() - 2; axis >= 2; axis--) {
              int i = rest % y.size(axis);
              start += i * window.axis(axis - 2).stride() * steps[axis - 2];
              at += i * indices.stride(axis);
              rest /= y.size(axis);
            }
            at += rest * indices.stride(0);
            long read = (long) row * y.size(-1) * channels;
            for (int column = 0; column < y.size(-1); column++) {
              for (int c = 0; c < channels; c++, read++) {
                int tap =
                    bytes ? from.get(JAVA_BYTE, read) & 0xFF : from.getAtIndex(JAVA_INT, read);
                to.setAtIndex(JAVA_LONG, at + c * indices.stride(1), start + taps[tap]);
              }
              start += window.axis(rank - 1).stride();
              at += indices.stride(-1);
            }
          });
    } finally {
      Reference.reachabilityFence(workspace);
      Reference.reachabilityFence(indices);
    }
  }

  static Plan average(NdArray x, Window window, boolean countPad, NdArray y) {
    return forward(x, window, y, average(countPad), OneDnn.FORWARD_INFERENCE, false);
  }

  private static int average(boolean countPad) {
    return countPad ? OneDnn.POOLING_AVG_INCLUDE_PADDING : OneDnn.POOLING_AVG_EXCLUDE_PADDING;
  }

  private static Plan forward(
      NdArray x, Window window, NdArray y, int algorithm, int kind, boolean workspace) {
    try (var b = builder("pooling", x.shape(), window, y.shape())) {
      var to = b.argument(1, y);
      var result = b.standIn(to, b.desc(Layout.channelsLast(y)));
      var src = b.as(b.argument(0, x), b.desc(Layout.channelsLast(x)));
      long desc = forwardDesc(b, kind, algorithm, src.desc(), result.desc(), window);
      b.add(desc)
          .with(OneDnn.ARG_SRC, src)
          .with(OneDnn.ARG_DST, result)
          .with(OneDnn.ARG_WORKSPACE, workspace ? workspace(b, desc, 2) : null);
      b.deliver(result, to);
      return b.build();
    }
  }

  private static long forwardDesc(
      PlanBuilder b, int kind, int algorithm, long src, long dst, Window window) {
    return b.fast(OneDnn.pooling(kind, algorithm, src, dst, window));
  }

  private static Value workspace(PlanBuilder b, long desc, int argument) {
    return b.argument(argument, OneDnn.query(desc, OneDnn.QUERY_WORKSPACE_MD));
  }

  static Plan maxBackward(NdArray dy, Window window, NdArray dx) {
    return backward(dy, window, dx, OneDnn.POOLING_MAX, 2);
  }

  static Plan averageBackward(NdArray dy, Window window, boolean countPad, NdArray dx) {
    return backward(dy, window, dx, average(countPad), 1);
  }

  private static Plan backward(
      NdArray dy, Window window, NdArray dx, int algorithm, int dxArgument) {
    try (var b = builder("pooling backward", dx.shape(), window, dy.shape())) {
      var to = b.argument(dxArgument, dx);
      long last = b.desc(Layout.channelsLast(dx));
      long dyLast = b.desc(Layout.channelsLast(dy));
      long forward = forwardDesc(b, OneDnn.FORWARD_TRAINING, algorithm, last, dyLast, window);
      var workspace = algorithm == OneDnn.POOLING_MAX ? workspace(b, forward, 1) : null;
      int channels = dx.shape().size(1);
      if (channels < 16
          && dx.shape().rank() == 4
          && dx.dtype() == DType.F32
          && OneDnn.threads() <= 2) {
        // Channels that do not fill a vector make each pixel wait for what was written to the one
        // before: conversion to a layout that fills it up costs less, unless many threads wait.
        long inner = b.desc(Layout.blocked(dx.shape(), channels <= 8));
        long dyInner = b.desc(Layout.blocked(dy.shape(), channels <= 8));
        long blocked =
            b.own(OneDnn.pooling(OneDnn.FORWARD_TRAINING, algorithm, inner, dyInner, window));
        if (OneDnn.implementation(blocked).startsWith("jit")) {
          b.copyOnOneThread();
          if (workspace != null) {
            workspace = b.as(workspace, OneDnn.query(blocked, OneDnn.QUERY_WORKSPACE_MD));
          }
          forward = blocked;
          last = inner;
          dyLast = dyInner;
        }
      }
      var from = b.as(b.argument(0, dy), dyLast);
      var result = b.standIn(to, last);
      long desc = b.fast(OneDnn.poolingBackward(algorithm, last, dyLast, window, forward));
      b.add(desc)
          .with(OneDnn.ARG_DIFF_DST, from)
          .with(OneDnn.ARG_DIFF_SRC, result)
          .with(OneDnn.ARG_WORKSPACE, workspace);
      b.deliver(result, to);
      return b.build();
    }
  }

  private static PlanBuilder builder(String what, Shape x, Window window, Shape y) {
    double work = 0.1 * (x.elements() + (double) y.elements() * window.area());
    return new PlanBuilder("%s of %s with %s to %s".formatted(what, x, window, y), work);
  }
}
