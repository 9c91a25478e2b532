package fovea.core.optim;

import fovea.core.FoveaException;
import fovea.core.spec.Specifications;

/// All update rules by name, and as text:
/// `adamw:rate=1e-3,weight-decay=0.05+clip-norm:1+ema:0.999`.
///
/// Options are PyTorch's where nothing is said, or the paper's where PyTorch has no such rule. A
/// rule about another ([Ema], [Sam], …) follows it after a plus; what is said last is outermost.
public final class UpdateRules {
  /// Each with its usual options.
  ///
  /// **Differs** from PyTorch: SGD's rate is 0.02, its momentum 0.9, Adam's rate 0.002, with which
  /// small networks on small images learn well; PyTorch's SGD has 0.001 and none, its Adam 0.001.
  public static final Specifications<UpdateRule> NAMED = named();

  private UpdateRules() {}

  private static Specifications<UpdateRule> named() {
    var adam = Adam.adam(0.002);
    return new Specifications<>("optimizer", UpdateRule.class)
        .with("adam", adam)
        .with("sgd", Sgd.sgd(0.02).momentum(0.9))
        .with("adamw", AdamW.adamW(1e-3))
        .with("nadam", NAdam.nAdam(2e-3))
        .with("radam", RAdam.rAdam(1e-3))
        .with("adamax", Adamax.adamax(2e-3))
        .with("adagrad", AdaGrad.adaGrad(1e-2))
        .with("adadelta", AdaDelta.adaDelta(1))
        .with("rmsprop", RmsProp.rmsProp(1e-2))
        .with("lion", Lion.lion(1e-4))
        .with("muon", Muon.muon(1e-3))
        .with("lars", Lars.lars(1))
        .with("lamb", Lamb.lamb(1e-3))
        .with("schedule-free", ScheduleFree.adamW(2.5e-3))
        .with("clip-norm", new ClipNorm(adam, 1))
        .with("clip-value", new ClipValue(adam, 1))
        .with("penalized", new Penalized(adam, 0, 0))
        .with("accumulated", new Accumulated(adam, 1))
        .with("ema", new Ema(adam, 0.999))
        .with("swa", new Swa(adam, 1, 1))
        .with("lookahead", new Lookahead(adam, 5, 0.5))
        .with("sam", new Sam(adam, 0.05, false));
  }

  /// Reads a rule.
  ///
  /// @throws FoveaException naming what is unknown or wrong, and what would work
  public static UpdateRule parse(String text) {
    return NAMED.parse(text);
  }
}
