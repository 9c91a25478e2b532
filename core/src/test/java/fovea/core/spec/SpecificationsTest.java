package fovea.core.spec;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import fovea.core.FoveaException;
import fovea.core.loss.BinaryCrossEntropy;
import fovea.core.loss.CrossEntropy;
import fovea.core.loss.Focal;
import fovea.core.loss.Losses;
import fovea.core.nn.Init;
import fovea.core.nn.Start;
import fovea.core.nn.Starts;
import fovea.core.optim.Adam;
import fovea.core.optim.AdamW;
import fovea.core.optim.Muon;
import fovea.core.optim.RmsProp;
import fovea.core.optim.Schedule;
import fovea.core.optim.Schedules;
import fovea.core.optim.Sgd;
import fovea.core.optim.UpdateRule;
import fovea.core.optim.UpdateRules;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class SpecificationsTest {
  static Stream<Map.Entry<String, UpdateRule>> rules() {
    return Stream.of(
        Map.entry("adam", Adam.adam(0.002)),
        Map.entry("sgd:rate=0.05", Sgd.sgd(0.05).momentum(0.9)),
        Map.entry("sgd:rate=0.1,momentum=0", Sgd.sgd(0.1)),
        Map.entry("adamw:rate=0.01,weight-decay=0.05", AdamW.adamW(0.01).weightDecay(0.05)),
        Map.entry("adam:amsgrad=true", Adam.adam(0.002).withAmsgrad()),
        Map.entry("rmsprop:centered=true", RmsProp.rmsProp(0.01).byVariance()),
        Map.entry("muon:scale=match-rms-adamw", Muon.muon(0.001).scale(Muon.Scale.MATCH_RMS_ADAMW)),
        Map.entry("sgd+swa:every=100", Sgd.sgd(0.02).momentum(0.9).swa(1, 100)),
        Map.entry(
            "adamw:rate=0.01+clip-norm+sam:radius=0.1+ema:decay=0.9",
            AdamW.adamW(0.01).clipNorm(1).sam(0.1).ema(0.9)));
  }

  @ParameterizedTest
  @MethodSource("rules")
  void rulesAreReadAndWritten(Map.Entry<String, UpdateRule> row) {
    assertEquals(row.getValue(), UpdateRules.parse(row.getKey()));
    assertEquals(row.getKey(), UpdateRules.NAMED.write(row.getValue()));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "AdamW:lr=1e-2,weight_decay=0.05 | adamw:rate=0.01,weight-decay=0.05",
        "sgd:0.1,0.5,nesterov | sgd:rate=0.1,momentum=0.5,nesterov=true",
        "sgd:decay=1e+0+ema | sgd:weight-decay=1+ema",
        "rms_prop:centered | rmsprop:centered=true",
        "adam + clipnorm:2 | adam+clip-norm:most=2",
      })
  void namesMayBeSpeltAsPyTorchDoes(String text, String written) {
    assertEquals(written, UpdateRules.NAMED.write(UpdateRules.parse(text)));
  }

  @Test
  void allThatHasANameIsReadFromWhatIsListed() {
    assertListed(UpdateRules.NAMED, "adam+");
    assertListed(Schedules.NAMED, "constant+");
    assertListed(Losses.NAMED, "");
    assertListed(Starts.NAMED, "");
  }

  private static <T> void assertListed(Specifications<T> all, String before) {
    for (var text : all.usual()) {
      var name = text.replaceAll(":.*", "");
      var record = all.all().get(name);
      if (record == null) {
        throw new AssertionError(text);
      }
      assertEquals(record, all.parse(all.isAbout(record) ? before + text : text), text);
    }
  }

  @Test
  void listsAndWhatMayBeMissing() {
    assertEquals(
        new Schedule.MultiStep(List.of(0.3, 0.6), 0.2),
        Schedules.parse("multi-step:points=0.3/0.6,gamma=0.2"));
    assertEquals(new Schedule.Cosine(0).after(0.1), Schedules.parse("cosine+warmup:0.1"));
    assertEquals(
        new CrossEntropy().smoothing(0.1).weights(List.of(1.0, 2.0)).ignoring(255),
        Losses.parse("cross-entropy:smoothing=0.1,weights=1/2,ignored=255"));
    assertEquals(new Focal().alpha(null), Losses.parse("focal:alpha=none"));
    assertEquals("focal:alpha=none", Losses.NAMED.write(new Focal().alpha(null)));
    assertEquals(new BinaryCrossEntropy().positive(3), Losses.parse("bce:3"));
    assertEquals(new Start.HeNormal(Init.Fan.OUT), Starts.parse("he-normal:out"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "admaw | no optimizer is called \"admaw\"; did you mean adamw or adam or adamax?",
        "adamw:rat=1 | no option of adamw is called \"rat\"; did you mean rate?",
        "adam:rate=fast | adam: rate is a number, not \"fast\"",
        "adam+accumulated:2.5 | accumulated: gradients is a whole number, not \"2.5\"",
        "sgd:nesterov=maybe | sgd: nesterov is true or false, not \"maybe\"",
        "muon:scale=big | muon: scale is one of original, match-rms-adamw, not \"big\"",
        "sgd:rate=1,rate=2 | sgd: rate is given twice",
        "sgd:rate=1,0.9 | sgd: \"0.9\" needs a name, as do all options after one with a name; there are the options rate, momentum, nesterov, weight-decay",
        "lion:1,0,0,0,0 | lion has the options rate, beta1, beta2, weight-decay, so \"0\" is one too many",
        "lion:rate=-1 | Lion takes a rate above 0, not -1.0",
        "ema | ema is about another optimizer and follows it, as in adam+ema",
        "adam+sgd | sgd is an optimizer of its own and cannot follow another; after a plus come clip-norm, clip-value, penalized, accumulated, ema, swa, lookahead, sam",
      })
  void errorsNameWhatIsWrong(String text, String message) {
    var e = assertThrows(FoveaException.class, () -> UpdateRules.parse(text));
    assertEquals(message, e.getMessage());
  }

  @Test
  void saysWhyALossIsNotHere() {
    assertEquals(
        "triplet compares images three at a time; use it in Java (fovea.core.loss)",
        assertThrows(FoveaException.class, () -> Losses.parse("triplet")).getMessage());
  }

  @Test
  void ownRecordsHaveNoNames() {
    Schedules.NAMED.write(Schedule.constant());
    assertThrows(
        FoveaException.class, () -> Losses.NAMED.write((prediction, _) -> prediction.sum()));
  }
}
