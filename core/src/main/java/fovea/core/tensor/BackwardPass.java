package fovea.core.tensor;

import fovea.core.array.ShapeException;
import fovea.core.kernel.Binary;
import fovea.core.kernel.Kernels;
import fovea.core.memory.Scope;
import fovea.core.memory.Storage;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// One walk of the graph, from a result back to what it was made of, in reverse order of making.
final class BackwardPass {
  private final boolean consume;
  private final Map<Tensor, Tensor> gradients = new HashMap<>();
  private final PriorityQueue<Tensor> ready =
      new PriorityQueue<>((a, b) -> Long.compare(sequence(b), sequence(a)));

  /// How many pending gradients lie in each storage that this pass allocated: at none it is given
  /// back.
  private final Map<Storage, Integer> users = new HashMap<>();

  /// @param consume drop what each operation saved, and inner gradients, once they have been used;
  ///   else keep the graph whole and the gradient of every tensor in it
  private BackwardPass(boolean consume) {
    this.consume = consume;
  }

  static Map<Tensor, Tensor> run(Tensor result, Tensor seed, boolean consume) {
    if (!seed.shape().equals(result.shape())) {
      throw new ShapeException(
          "backward",
          "the gradient " + seed.shape() + " is not shaped as the result " + result.shape());
    }
    if (seed.dtype() != result.dtype()) {
      throw new ShapeException(
          "backward", "the gradient is " + seed.dtype() + ", the result " + result.dtype());
    }
    if (!result.requiresGrad()) {
      throw new IllegalStateException(
          "backward: nothing this result %s was made of requires a gradient; make parameters with withGrad() and compute where recording is not off"
              .formatted(result.shape()));
    }
    var pass = new BackwardPass(consume);
    pass.add(result, seed);
    pass.walk();
    return pass.gradients;
  }

  private static long sequence(Tensor t) {
    var node = t.node();
    return node == null ? -1 : node.sequence;
  }

  private void walk() {
    for (var tensor = ready.poll(); tensor != null; tensor = ready.poll()) {
      var node = tensor.node();
      var gradient = gradients.get(tensor);
      if (node == null || gradient == null) {
        continue;
      }
      handBack(node, gradient);
      if (consume) {
        gradients.remove(tensor);
        drop(gradient);
        node.backward = null;
      }
    }
  }

  private void handBack(Node node, Tensor gradient) {
    var backward = node.backward;
    if (backward == null) {
      throw new IllegalStateException(
          "backward: the graph below %s has been consumed by an earlier backward(); use Graph.gradients for several"
              .formatted(node.operation));
    }
    if (!consume) {
      distribute(node, backward.backward(gradient), Set.of());
      return;
    }
    // Temporaries of the operation go back at once; what it returns moves to the scope around.
    try (var scope = Scope.open("backward of " + node.operation)) {
      var results = backward.backward(gradient);
      var fresh = new HashSet<Storage>();
      for (var r : results) {
        if (r != null && scope.owns(r.array().storage())) {
          r.array().storage().origin("gradient of " + node.operation);
          r.array().storage().keep();
          fresh.add(r.array().storage());
        }
      }
      distribute(node, results, fresh);
    }
  }

  private void distribute(Node node, @Nullable Tensor[] results, Set<Storage> fresh) {
    if (results.length != node.inputs.length) {
      throw new IllegalStateException(
          "%s has %d inputs, but its backward returned %d gradients"
              .formatted(node.operation, node.inputs.length, results.length));
    }
    for (var storage : fresh) {
      users.put(storage, 0);
    }
    for (int i = 0; i < results.length; i++) {
      var input = node.inputs[i];
      var result = results[i];
      if (result == null || !input.requiresGrad()) {
        continue;
      }
      if (!result.shape().equals(input.shape()) || result.dtype() != input.dtype()) {
        throw new ShapeException(
            node.operation,
            "its backward returned a gradient %s %s for input %d, which is %s %s"
                .formatted(result.dtype(), result.shape(), i, input.dtype(), input.shape()));
      }
      add(input, result);
    }
    for (var storage : fresh) {
      releaseIfUnused(storage);
    }
  }

  private void add(Tensor tensor, Tensor gradient) {
    var before = gradients.get(tensor);
    if (before == null) {
      gradients.put(tensor, gradient);
      count(gradient, 1);
      if (tensor.node() != null) {
        ready.add(tensor);
      }
      return;
    }
    if (addInPlace(before, gradient)) {
      return;
    }
    var sum = before.add(gradient);
    if (consume) {
      // The sum is allocated inside the operation's scope, if any: it must outlive that.
      sum.array().storage().keep();
      users.put(sum.array().storage(), 0);
    }
    gradients.put(tensor, sum);
    count(sum, 1);
    drop(before);
  }

  /// Adds to a gradient that this pass made and nobody else waits for.
  private boolean addInPlace(Tensor before, Tensor gradient) {
    var to = before.array();
    if (!consume
        || Graph.isRecording()
        || users.getOrDefault(to.storage(), 0) != 1
        || !to.isDense()
        || to.storage() == gradient.array().storage()) {
      return false;
    }
    Kernels.best().binary(Binary.ADD, to, gradient.array(), to);
    return true;
  }

  private void count(Tensor gradient, int change) {
    users.computeIfPresent(gradient.array().storage(), (s, n) -> n + change);
  }

  private void drop(Tensor gradient) {
    count(gradient, -1);
    releaseIfUnused(gradient.array().storage());
  }

  private void releaseIfUnused(Storage storage) {
    var n = users.get(storage);
    if (consume && n != null && n == 0) {
      users.remove(storage);
      storage.release("backward() no longer needed this gradient");
    }
  }
}
