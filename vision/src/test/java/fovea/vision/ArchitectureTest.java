package fovea.vision;

import static com.tngtech.archunit.library.Architectures.layeredArchitecture;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.junit.jupiter.api.Assertions.assertEquals;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/// Holds the packages of fovea.vision to their order.
class ArchitectureTest {

  private static final String ROOT = "fovea.vision";

  /// The layers; each may use those before it. A layer is a package with all packages below it.
  private static final List<String> LAYERS =
      List.of(
          "image", "annotation", "augment", "data", "classic", "model", "run", "report", "train");

  private final JavaClasses classes =
      new ClassFileImporter().importPath(Path.of("target", "classes"));

  @Test
  void layersUseOnlyWhatStandsBelowThem() {
    var layers =
        layeredArchitecture().consideringOnlyDependenciesInLayers().withOptionalLayers(true);
    layers = layers.layer("(root)").definedBy(ROOT);
    for (String layer : LAYERS) {
      layers = layers.layer(layer).definedBy(ROOT + "." + layer + "..");
    }
    layers = layers.whereLayer("(root)").mayNotAccessAnyLayer();
    for (int i = 0; i < LAYERS.size(); i++) {
      var below = new ArrayList<>(LAYERS.subList(0, i));
      below.add("(root)");
      layers = layers.whereLayer(LAYERS.get(i)).mayOnlyAccessLayers(below.toArray(String[]::new));
    }
    layers.allowEmptyShould(true).check(classes);
  }

  @Test
  void everyClassBelongsToALayer() {
    var strangers =
        classes.stream()
            .filter(type -> !type.getSimpleName().equals("module-info"))
            .filter(type -> !type.getPackageName().equals(ROOT))
            .filter(
                type ->
                    LAYERS.stream()
                        .noneMatch(
                            layer ->
                                (type.getPackageName() + ".").startsWith(ROOT + "." + layer + ".")))
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
}
