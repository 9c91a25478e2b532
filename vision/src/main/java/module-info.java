/// Images, data sets, models, training and reports for computer vision.
module fovea.vision {
  requires transitive fovea.core;
  requires java.desktop;
  requires java.net.http;
  requires jdk.management;
  requires tools.jackson.databind;

  exports fovea.vision.annotation;
  exports fovea.vision.augment;
  exports fovea.vision.classic;
  exports fovea.vision.data;
  exports fovea.vision.image;
  exports fovea.vision.model;
  exports fovea.vision.report;
  exports fovea.vision.run;
  exports fovea.vision.train;
}
