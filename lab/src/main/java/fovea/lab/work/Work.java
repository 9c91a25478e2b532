package fovea.lab.work;

import java.util.List;
import org.jspecify.annotations.Nullable;

/// A piece of work whose steps are timed.
///
/// @param name `resnet20-train`
/// @param model Fovea's name of the network; empty where there is none
/// @param network the network; `null` where there is none
/// @param task what a step does
/// @param batch images in a step; for products the size of the matrices, else the number of numbers
/// @param classes how many the network tells apart
/// @param sgd how training updates
/// @param precisions in which it is measured
public record Work(
    String name,
    String model,
    @Nullable Network network,
    Task task,
    int batch,
    int classes,
    Sgd sgd,
    List<Precision> precisions) {

  /// What a step does.
  public enum Task {
    /// Forward, cross-entropy, backward and an update by stochastic gradient descent.
    TRAIN,
    /// Forward, in evaluation mode.
    INFER,
    /// The product of two square matrices.
    MATMUL,
    /// Eight operations one after the other: with x and y, t ← 1.5·x; t + y; relu; t·y; sigmoid; t
    /// − x; |t|; √t.
    ELEMENTWISE
  }

  /// Stochastic gradient descent, by PyTorch's rule.
  public record Sgd(double rate, double momentum, boolean nesterov, double weightDecay) {}

  private static final Sgd PLAIN = new Sgd(0.01, 0.9, false, 0);
  private static final Sgd DECAYING = new Sgd(0.01, 0.9, false, 1e-4);
  private static final Sgd NESTEROV = new Sgd(0.01, 0.85, true, 1.33e-3);

  private static final List<Precision> F32 = List.of(Precision.F32);
  private static final List<Precision> BF16 = List.of(Precision.BF16);
  private static final List<Precision> BOTH = List.of(Precision.F32, Precision.BF16);

  private static final int UNET_CHANNELS = 3;
  private static final int UNET_CLASSES = 2;
  private static final int UNET_DEPTH = 4;
  private static final int UNET_WIDTH = 32;

  private static final List<Work> ALL =
      List.of(
          train("lenet5-train", "lenet5", Networks.lenet5(), 64, 10, PLAIN, F32),
          infer("lenet5-infer", "lenet5", Networks.lenet5(), 64, 10, F32),
          train("resnet20-train", "resnet20", Networks.resnet20(), 128, 10, DECAYING, BOTH),
          infer("resnet20-infer", "resnet20", Networks.resnet20(), 128, 10, BOTH),
          train("airbench-train", "airbench94", Networks.airbench94(), 1024, 10, NESTEROV, BF16),
          infer("resnet18-infer-b1", "resnet18", Networks.resnet18(), 1, 1000, BOTH),
          infer("resnet18-infer-b32", "resnet18", Networks.resnet18(), 32, 1000, BOTH),
          train("resnet18-train-b16", "resnet18", Networks.resnet18(), 16, 1000, DECAYING, F32),
          train(
              "unet-train",
              "unet",
              Networks.unet(UNET_CHANNELS, UNET_CLASSES, UNET_DEPTH, UNET_WIDTH),
              4,
              UNET_CLASSES,
              DECAYING,
              BOTH),
          plain("matmul-256", Task.MATMUL, 256, BOTH),
          plain("matmul-1024", Task.MATMUL, 1024, BOTH),
          plain("matmul-2048", Task.MATMUL, 2048, BOTH),
          plain("elementwise", Task.ELEMENTWISE, 4 << 20, F32));

  private static Work train(
      String name,
      String model,
      Network network,
      int batch,
      int classes,
      Sgd sgd,
      List<Precision> in) {
    return new Work(name, model, network, Task.TRAIN, batch, classes, sgd, in);
  }

  private static Work infer(
      String name, String model, Network network, int batch, int classes, List<Precision> in) {
    return new Work(name, model, network, Task.INFER, batch, classes, PLAIN, in);
  }

  private static Work plain(String name, Task task, int size, List<Precision> in) {
    return new Work(name, "", null, task, size, 0, PLAIN, in);
  }

  /// All works.
  public static List<Work> all() {
    return ALL;
  }

  /// The work of a name.
  public static Work of(String name) {
    return ALL.stream()
        .filter(w -> w.name.equals(name))
        .findFirst()
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "there is no work \"%s\"; there are %s"
                        .formatted(
                            name, String.join(", ", ALL.stream().map(Work::name).toList()))));
  }

  /// The network.
  ///
  /// @throws IllegalStateException where there is none
  public Network net() {
    if (network == null) {
      throw new IllegalStateException(name + " has no network");
    }
    return network;
  }

  /// Whether the network labels every pixel, not every image.
  public boolean labelsPixels() {
    return net().shape(net().last()).length == 3;
  }

  /// The shape of a step's images.
  public int[] inputShape() {
    int[] s = net().input();
    return new int[] {batch, s[0], s[1], s[2]};
  }

  /// The shape of a step's labels, whose values count up and begin anew after the last class.
  public int[] labelShape() {
    int[] s = net().input();
    return labelsPixels() ? new int[] {batch, s[1], s[2]} : new int[] {batch};
  }
}
