package fovea.lab.parity;

import fovea.core.array.Shape;

/// What both are given.
///
/// @param values in row-major order
/// @param channelsLast whether Fovea gets it with the axis after the first as the last one in
///   memory, where it has that many
record Input(String name, Shape shape, double[] values, Role role, boolean channelsLast) {

  enum Role {
    /// Numbers, of which a gradient is wanted.
    GRADIENT,
    /// Numbers without a gradient.
    CONSTANT,
    /// Integers.
    INDEX,
    /// Conditions: 0 or 1.
    CONDITION
  }

  Input(String name, Shape shape, double[] values, Role role) {
    this(name, shape, values, role, false);
  }

  /// The same values where images have them, channels last in memory, or row-major.
  Input laidOut(boolean last) {
    return new Input(name, shape, values, role, last);
  }

  /// The same values, without a gradient.
  Input constant() {
    return new Input(name, shape, values, Role.CONSTANT, channelsLast);
  }
}
