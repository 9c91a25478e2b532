/// Fovea's command line program.
module fovea.app {
  requires fovea.vision;
  requires info.picocli;
  requires me.tongfei.progressbar;

  opens fovea.app to
      info.picocli;
}
