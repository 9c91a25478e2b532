package fovea.lab.parity;

import fovea.core.loss.Losses;
import fovea.core.loss.Reduction;
import fovea.core.nn.Init;
import fovea.core.nn.Layer;
import fovea.core.optim.Schedule;
import fovea.core.optim.UpdateRule;
import fovea.core.tensor.Tensor;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.reflect.Executable;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.net.URISyntaxException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.SequencedSet;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.stream.Stream;

/// Whether everything of Fovea's has a row: every public operation, layer, loss, optimizer,
/// schedule and start, found in the compiled classes.
final class Coverage {
  private Coverage() {}

  /// What has neither a row nor a reason.
  static List<String> missing(List<Row> rows) {
    var covered = new HashSet<>(Rows.WITHOUT_ARITHMETIC);
    covered.addAll(Rows.notCompared().keySet());
    rows.forEach(r -> covered.add(r.subject()));
    return subjects().stream().filter(s -> !covered.contains(s)).toList();
  }

  private static SequencedSet<String> subjects() {
    var subjects = new TreeSet<String>();
    for (var type : classes("tensor")) {
      boolean isTensor = type == Tensor.class;
      methods(type, m -> isOperation(m, isTensor))
          .forEach(m -> subjects.add(type.getSimpleName() + "." + m.getName()));
    }
    for (var type : classes("nn")) {
      if (Layer.class.isAssignableFrom(type) && isConcrete(type)) {
        if (isPublic(type.getDeclaredConstructors())) {
          subjects.add("nn." + nested(type));
        }
        methods(type, m -> isFactory(m, type))
            .forEach(m -> subjects.add("nn.%s.%s".formatted(nested(type), m.getName())));
      }
    }
    for (var type : classes("loss")) {
      if (isConcrete(type) && type != Reduction.class && type != Losses.class) {
        subjects.add("loss." + nested(type));
        methods(type, m -> isOperation(m, false))
            .forEach(m -> subjects.add(nested(type) + "." + m.getName()));
      }
    }
    for (var type : classes("optim")) {
      if (UpdateRule.class.isAssignableFrom(type) && isConcrete(type)) {
        subjects.add("optim." + nested(type));
      } else if (Schedule.class.isAssignableFrom(type) && isConcrete(type)) {
        subjects.add("Schedule." + type.getSimpleName());
      }
    }
    methods(Init.class, m -> m.getReturnType() == Init.class)
        .forEach(m -> subjects.add("Init." + m.getName()));
    return subjects;
  }

  /// Whether a method makes a tensor of tensors.
  private static boolean isOperation(Method m, boolean ofTensor) {
    boolean makesTensor = m.getReturnType() == Tensor.class || m.getReturnType().isRecord();
    boolean takesTensor =
        (ofTensor && !Modifier.isStatic(m.getModifiers()))
            || Arrays.stream(m.getParameterTypes())
                .anyMatch(p -> p == Tensor.class || p == Tensor[].class || p == List.class);
    return makesTensor && takesTensor && (ofTensor || Modifier.isStatic(m.getModifiers()));
  }

  private static boolean isFactory(Method m, Class<?> type) {
    return Modifier.isStatic(m.getModifiers()) && m.getReturnType() == type;
  }

  private static Stream<Method> methods(Class<?> type, Predicate<Method> wanted) {
    return Arrays.stream(type.getDeclaredMethods())
        .filter(m -> Modifier.isPublic(m.getModifiers()) && !m.isSynthetic())
        .filter(wanted);
  }

  private static boolean isPublic(Executable[] constructors) {
    return Arrays.stream(constructors).anyMatch(c -> Modifier.isPublic(c.getModifiers()));
  }

  private static boolean isConcrete(Class<?> type) {
    return !type.isInterface() && !Modifier.isAbstract(type.getModifiers());
  }

  private static String nested(Class<?> type) {
    return type.getName().substring(type.getPackageName().length() + 1).replace('$', '.');
  }

  /// The public classes of a package of the core, nested ones too.
  private static List<Class<?>> classes(String packageName) {
    try {
      var where = Path.of(Tensor.class.getProtectionDomain().getCodeSource().getLocation().toURI());
      if (Files.isDirectory(where)) {
        return classes(where, packageName);
      }
      try (var jar = FileSystems.newFileSystem(where)) {
        return classes(jar.getPath("/"), packageName);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (URISyntaxException e) {
      throw new IllegalStateException(e);
    }
  }

  private static List<Class<?>> classes(Path root, String packageName) throws IOException {
    try (var files = Files.list(root.resolve("fovea/core/" + packageName))) {
      return files
          .map(f -> f.getFileName().toString())
          .filter(f -> f.endsWith(".class") && !f.startsWith("package-info"))
          .sorted()
          .map(f -> load("fovea.core." + packageName + "." + f.replaceFirst("\\.class$", "")))
          .filter(c -> Modifier.isPublic(c.getModifiers()))
          .<Class<?>>map(c -> c)
          .toList();
    }
  }

  private static Class<?> load(String name) {
    try {
      return Class.forName(name, false, Coverage.class.getClassLoader());
    } catch (ClassNotFoundException e) {
      throw new IllegalStateException(e);
    }
  }
}
