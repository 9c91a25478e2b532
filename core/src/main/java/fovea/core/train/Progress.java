package fovea.core.train;

import java.util.SequencedMap;

/// Where a training stands, after a step.
///
/// @param epoch counted from 1
/// @param epochs in all
/// @param batch in this epoch, counted from 1
/// @param batches in an epoch
/// @param figures means of this epoch so far: `loss` and others
/// @param samplesPerSecond since the training started or went on
/// @param secondsLeft until the end of the whole training, validation included, as far as can be
///   told
public record Progress(
    int epoch,
    int epochs,
    int batch,
    int batches,
    SequencedMap<String, Double> figures,
    double samplesPerSecond,
    double secondsLeft) {}
