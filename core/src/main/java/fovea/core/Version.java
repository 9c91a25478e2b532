package fovea.core;

/// Which Fovea this is.
public final class Version {
  private Version() {}

  /// The version that the build gave this module, such as `0.1.0`; `development` where it was not
  /// built as one.
  public static String current() {
    var descriptor = Version.class.getModule().getDescriptor();
    return descriptor == null ? "development" : descriptor.rawVersion().orElse("development");
  }
}
