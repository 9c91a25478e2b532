/// Fovea's command line program.
module fovea.app {
  requires fovea.vision;
  requires info.picocli;
  requires java.management;
  requires jdk.unsupported; // sun.misc.Signal, for a Ctrl-C that ends a training well
  requires me.tongfei.progressbar;
  requires org.jline.terminal; // comes with progressbar
  requires tools.jackson.databind;

  provides System.LoggerFinder with
      fovea.app.Warnings;

  opens fovea.app to
      info.picocli;
}
