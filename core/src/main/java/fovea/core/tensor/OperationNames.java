package fovea.core.tensor;

/// Names of operations from the names of their records, computed once for each.
final class OperationNames {
  private static final ClassValue<String> NAMES =
      new ClassValue<>() {
        @Override
        protected String computeValue(Class<?> type) {
          var name = type.getSimpleName();
          return name.isEmpty() || type.isHidden()
              ? "custom"
              : Character.toLowerCase(name.charAt(0)) + name.substring(1);
        }
      };

  private OperationNames() {}

  static String of(Class<?> type) {
    return NAMES.get(type);
  }
}
