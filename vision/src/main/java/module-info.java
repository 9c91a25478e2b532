/// Images, data sets, models, training and reports for computer vision.
module fovea.vision {
  requires transitive fovea.core;
  requires java.desktop;
}
