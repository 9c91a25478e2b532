package fovea.core.train;

import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// A training, epoch by epoch.
///
/// @param epochs those that were finished
/// @param steps updates made in all
/// @param interrupted whether it was asked to stop before its end
public record History(List<Epoch> epochs, long steps, boolean interrupted) {

  /// The epoch whose model was kept as the best; `null` before the end of the first.
  public @Nullable Epoch best() {
    return epochs.reversed().stream().filter(Epoch::best).findFirst().orElse(null);
  }

  /// A line for each epoch under a line of names:
  /// `epoch,rate,training_loss,…,validation_loss,…,seconds,samples_per_second`.
  public String toCsv() {
    if (epochs.isEmpty()) {
      return "epoch,rate,seconds,samples_per_second\n";
    }
    var first = epochs.getFirst();
    var names =
        Stream.of(
                Stream.of("epoch", "rate"),
                first.training().keySet().stream().map(n -> "training_" + n),
                first.validation().keySet().stream().map(n -> "validation_" + n),
                Stream.of("seconds", "samples_per_second"))
            .flatMap(s -> s)
            .collect(Collectors.joining(","));
    return epochs.stream()
        .map(
            e ->
                Stream.of(
                        Stream.of(e.epoch(), e.rate()),
                        first.training().keySet().stream().map(e.training()::get),
                        first.validation().keySet().stream().map(e.validation()::get),
                        Stream.of(e.seconds(), e.samplesPerSecond()))
                    .flatMap(s -> s)
                    .map(String::valueOf)
                    .collect(Collectors.joining(",")))
        .collect(Collectors.joining("\n", names + "\n", "\n"));
  }
}
