package fovea.core.tensor;

import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/// The record of one operation: what it was applied to and how it hands gradients back.
final class Node {
  private static final AtomicLong SEQUENCE = new AtomicLong();

  final String operation;
  final Tensor[] inputs;

  /// Later operations have higher numbers, so that descending order is a reverse topological order.
  final long sequence = SEQUENCE.incrementAndGet();

  /// `null` once gradients have passed through: what it saved is free then.
  @Nullable Backward backward;

  Node(Backward backward, Tensor[] inputs) {
    this.operation = backward.operation();
    this.backward = backward;
    this.inputs = inputs;
  }
}
