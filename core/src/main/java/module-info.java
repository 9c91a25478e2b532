/// Arrays, tensors with automatic differentiation, layers, and what is needed to train them.
module fovea.core {
  requires static transitive org.jspecify;
  requires jdk.management;
  requires tools.jackson.databind;
  requires static jdk.incubator.vector;

  exports fovea.core;
  exports fovea.core.array;
  exports fovea.core.io;
  exports fovea.core.kernel;
  exports fovea.core.memory;
  exports fovea.core.loss;
  exports fovea.core.metric;
  exports fovea.core.nn;
  exports fovea.core.optim;
  exports fovea.core.spec;
  exports fovea.core.tensor;
  exports fovea.core.train;

  uses fovea.core.kernel.KernelProvider;

  provides fovea.core.kernel.KernelProvider with
      fovea.core.kernel.onednn.OneDnnProvider;
}
