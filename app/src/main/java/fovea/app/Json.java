package fovea.app;

import tools.jackson.core.json.JsonWriteFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;
import tools.jackson.databind.node.ValueNode;

/// Results for programs: one JSON object on one line.
final class Json {
  private Json() {}

  static ObjectNode object() {
    return JsonNodeFactory.instance.objectNode();
  }

  /// A number; null where it is none, for JSON knows no NaN.
  static ValueNode number(double value) {
    return Double.isFinite(value)
        ? JsonNodeFactory.instance.numberNode(value)
        : JsonNodeFactory.instance.nullNode();
  }

  static ArrayNode array() {
    return JsonNodeFactory.instance.arrayNode();
  }

  static void print(Console console, JsonNode json) {
    var mapper =
        JsonMapper.builder()
            .configure(JsonWriteFeature.ESCAPE_NON_ASCII, !console.isOutUnicode())
            .build();
    console.out().println(mapper.writeValueAsString(json));
    console.out().flush();
  }
}
