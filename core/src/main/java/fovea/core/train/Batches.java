package fovea.core.train;

import java.util.Iterator;

/// A set of samples, handed out in batches.
///
/// @param <B> what a batch is
public interface Batches<B> {
  /// How many batches a pass has.
  int count();

  /// How many samples a pass has.
  long samples();

  /// One pass. Order and augmentation are a function of the epoch (and of a seed of the source's
  /// own) alone, so that a pass can be continued in its middle.
  ///
  /// The tensors of a batch are made in the scope that `next()` is called in.
  ///
  /// @param epoch counted from 0
  /// @param from the first batch to hand out, counted from 0
  Iterator<B> pass(long epoch, int from);
}
