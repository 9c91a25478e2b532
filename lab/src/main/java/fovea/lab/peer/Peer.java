package fovea.lab.peer;

import fovea.lab.work.Precision;
import fovea.lab.work.Work;

/// A contestant, inside its own process.
interface Peer {
  /// What it is, with versions.
  String version();

  /// Makes everything that a step needs.
  ///
  /// @throws Unavailable when it cannot do such work
  Prepared prepare(Work work, Precision precision, Configuration configuration) throws Exception;

  /// A piece of work, ready to be done again and again.
  ///
  /// @param weights numbers in all parameters of two and more dimensions, by which the driver sees
  ///   that all contestants run the same network; 0 where there are none
  record Prepared(Runnable step, long weights) {}
}
