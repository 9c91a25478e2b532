/// Arrays, tensors with automatic differentiation, layers, and what is needed to train them.
module fovea.core {
  requires static transitive org.jspecify;
  requires tools.jackson.databind;
}
