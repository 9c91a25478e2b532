/// Arrays, tensors with automatic differentiation, layers, and what is needed to train them.
module fovea.core {
  requires static transitive org.jspecify;
  requires jdk.management;
  requires tools.jackson.databind;

  exports fovea.core;
  exports fovea.core.array;
  exports fovea.core.kernel;
  exports fovea.core.memory;
  exports fovea.core.tensor;

  uses fovea.core.kernel.KernelProvider;
}
