package fovea.core;

import static com.tngtech.archunit.base.DescribedPredicate.describe;
import static com.tngtech.archunit.library.Architectures.layeredArchitecture;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.junit.jupiter.api.Assertions.assertEquals;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

/// Holds the packages of fovea.core to their order.
class ArchitectureTest {

  private static final String ROOT = "fovea.core";

  /// Each layer, and the layers it may use. Layers are packages with all packages below them,
  /// unless those are layers themselves; `(root)` is `fovea.core` alone.
  private static final Map<String, Set<String>> MAY_USE = new LinkedHashMap<>();

  static {
    MAY_USE.put("(root)", Set.of());
    MAY_USE.put("spec", Set.of("(root)"));
    MAY_USE.put("memory", Set.of("(root)"));
    MAY_USE.put("array", Set.of("(root)", "memory"));
    MAY_USE.put("kernel", Set.of("(root)", "memory", "array"));
    // A service provider: found at run time, so that nothing may name it.
    MAY_USE.put("kernel.onednn", Set.of("(root)", "memory", "array", "kernel"));
    MAY_USE.put("tensor", Set.of("(root)", "memory", "array", "kernel"));
    MAY_USE.put("nn", Set.of("(root)", "spec", "memory", "array", "kernel", "tensor"));
    for (String sibling : List.of("loss", "optim", "metric", "io")) {
      MAY_USE.put(sibling, Set.of("(root)", "spec", "memory", "array", "kernel", "tensor", "nn"));
    }
    MAY_USE.put(
        "train",
        Set.of(
            "(root)", "memory", "array", "kernel", "tensor", "nn", "loss", "optim", "metric",
            "io"));
  }

  private final JavaClasses classes =
      new ClassFileImporter().importPath(Path.of("target", "classes"));

  @Test
  void layersUseOnlyWhatStandsBelowThem() {
    var layers =
        layeredArchitecture().consideringOnlyDependenciesInLayers().withOptionalLayers(true);
    for (String layer : MAY_USE.keySet()) {
      layers =
          layers
              .layer(layer)
              .definedBy(describe("in " + layer, (JavaClass type) -> layer.equals(layerOf(type))));
    }
    for (var entry : MAY_USE.entrySet()) {
      var layer = layers.whereLayer(entry.getKey());
      layers =
          entry.getValue().isEmpty()
              ? layer.mayNotAccessAnyLayer()
              : layer.mayOnlyAccessLayers(entry.getValue().toArray(String[]::new));
    }
    layers.allowEmptyShould(true).check(classes);
  }

  @Test
  void everyClassBelongsToALayer() {
    var strangers =
        classes.stream()
            .filter(type -> !type.getSimpleName().equals("module-info"))
            .filter(type -> layerOf(type).isEmpty())
            .map(JavaClass::getName)
            .toList();
    assertEquals(List.of(), strangers, "outside every layer; give their packages a place above");
  }

  @Test
  void packagesHaveNoCycles() {
    slices()
        .matching(ROOT + ".(**)")
        .should()
        .beFreeOfCycles()
        .allowEmptyShould(true)
        .check(classes);
  }

  private static String layerOf(JavaClass type) {
    String name = type.getPackageName();
    if (name.equals(ROOT)) {
      return "(root)";
    }
    if (!name.startsWith(ROOT + ".")) {
      return "";
    }
    String path = name.substring(ROOT.length() + 1);
    while (!path.isEmpty() && !MAY_USE.containsKey(path)) {
      path = path.substring(0, Math.max(0, path.lastIndexOf('.')));
    }
    return path;
  }
}
