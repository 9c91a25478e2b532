package fovea.vision.report;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.List;
import java.util.stream.Collectors;
import tools.jackson.databind.json.JsonMapper;

/// Values on their way into the page. Whatever a user can name (classes, files, folders) goes
/// through [#escape] or [#json].
final class Html {
  private static final JsonMapper JSON = new JsonMapper();

  private Html() {}

  /// Text for an element's contents or for an attribute in double quotes.
  static String escape(String text) {
    return text.replace("&", "&amp;")
        .replace("<", "&lt;")
        .replace(">", "&gt;")
        .replace("\"", "&quot;")
        .replace("'", "&#39;");
  }

  /// A value, made of maps, lists, text and numbers, as a JSON block that the page's script reads
  /// by its id. No `<` is left in it, so that nothing in it can end the block.
  static String json(String id, Object value) {
    return """
    <script type="application/json" id="%s">%s</script>
    """
        .formatted(id, JSON.writeValueAsString(value).replace("<", "\\u003c"));
  }

  static String section(String id, String title, String body) {
    return """
    <section id="%s" aria-labelledby="%s-title">
    <h2 id="%s-title">%s</h2>
    %s</section>
    """
        .formatted(id, id, id, escape(title), body);
  }

  /// A figure with what it is and a word on it.
  ///
  /// @param note in HTML
  static String tile(String label, String value, String note) {
    return """
    <div class="tile"><p class="label">%s</p><p class="value">%s</p><p class="note">%s</p></div>
    """
        .formatted(label, value, note);
  }

  /// Scripts in the page itself.
  static String scripts(List<String> scripts) {
    return scripts.stream()
        .map(s -> "<script>" + s + "</script>")
        .collect(Collectors.joining("\n"));
  }

  /// What tells the browser to load nothing, and to run no scripts but these: should a name find a
  /// way past [#escape] after all, it is still only text.
  static String contentPolicy(List<String> scripts) {
    return scripts.stream()
        .map(s -> "'sha256-" + sha256(s) + "'")
        .collect(
            Collectors.joining(
                " ",
                "default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src ",
                scripts.isEmpty() ? "'none'" : ""));
  }

  private static String sha256(String text) {
    try {
      var digest = MessageDigest.getInstance("SHA-256");
      return Base64.getEncoder()
          .encodeToString(digest.digest(text.getBytes(StandardCharsets.UTF_8)));
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError("every Java has SHA-256", e);
    }
  }
}
