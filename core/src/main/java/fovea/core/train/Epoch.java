package fovea.core.train;

import java.util.SequencedMap;

/// What one pass over the training data came to.
///
/// @param epoch counted from 1
/// @param rate the learning rate at its end
/// @param training mean loss and other figures while training, dropout and all
/// @param validation the same on the validation set after it; empty where there is none
/// @param seconds it took, validation included
/// @param samplesPerSecond in training
/// @param best whether the model was the best so far
public record Epoch(
    int epoch,
    double rate,
    SequencedMap<String, Double> training,
    SequencedMap<String, Double> validation,
    double seconds,
    double samplesPerSecond,
    boolean best) {}
