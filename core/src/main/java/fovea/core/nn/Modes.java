package fovea.core.nn;

/// What an interface cannot keep to itself.
final class Modes {
  static final ScopedValue<Mode> CURRENT = ScopedValue.newInstance();
  static final Mode EVALUATE = new Mode.Evaluate();

  private Modes() {}
}
