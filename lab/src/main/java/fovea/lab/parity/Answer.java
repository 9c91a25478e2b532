package fovea.lab.parity;

import fovea.core.array.Shape;
import java.util.LinkedHashMap;
import java.util.Map;

/// What one of the two computed: the result, then the gradients and whatever else is compared, by
/// name.
///
/// @param shape of the result
record Answer(Shape shape, Map<String, double[]> values) {
  static final String RESULT = "result";

  static Answer of(Shape shape, double[] result) {
    var values = new LinkedHashMap<String, double[]>();
    values.put(RESULT, result);
    return new Answer(shape, values);
  }

  Answer gradient(String input, double[] value) {
    values.put("gradient of " + input, value);
    return this;
  }

  Answer state(String name, double[] value) {
    values.put(name + " afterwards", value);
    return this;
  }
}
