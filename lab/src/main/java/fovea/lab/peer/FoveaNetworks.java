package fovea.lab.peer;

import fovea.core.UnknownNameException;
import fovea.core.nn.Layer;
import fovea.lab.work.Work;
import fovea.vision.model.InputSize;
import fovea.vision.model.Models;
import fovea.vision.model.UNet;

/// Fovea's own networks for the works.
final class FoveaNetworks {
  private FoveaNetworks() {}

  /// The network of a work, as a user of Fovea builds it.
  ///
  /// @throws Unavailable where Fovea does not have it
  static Layer build(Work work) {
    return switch (work.model()) {
      case "unet" -> unet();
      case "airbench94" -> {
        var network = registered(work);
        // As from the fourth epoch on: the whitening convolution, the first child, does not train.
        network.children().firstEntry().getValue().freeze();
        yield network;
      }
      default -> registered(work);
    };
  }

  private static Layer registered(Work work) {
    int[] s = work.net().input();
    try {
      return Models.build(work.model(), new InputSize(s[0], s[1], s[2]), work.classes()).network();
    } catch (UnknownNameException e) {
      throw new Unavailable("Fovea has no " + work.model() + " yet");
    }
  }

  private static Layer unet() {
    return UNet.unet(3, 2, 4, 32);
  }
}
