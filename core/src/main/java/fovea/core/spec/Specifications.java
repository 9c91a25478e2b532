package fovea.core.spec;

import fovea.core.FoveaException;
import fovea.core.UnknownNameException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.RecordComponent;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.SequencedMap;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// Records of a kind that have names, as text: `adamw:rate=1e-3,weight-decay=0.05+clip-norm:1`.
///
/// A name stands for the record with its usual options; after a colon come others, by name or in
/// their order. The options are the components of the record. Records about another of their kind,
/// which they have as a component, follow it after a plus: what is said last is outermost.
///
/// Names may be written with hyphens, underscores or neither, so that PyTorch's spelling works.
/// Lists have slashes between their elements, `0.5/0.75`; `none` is what may be missing; what is
/// true or false may also stand alone to be true.
///
/// @param <T> what the records are: an interface
public final class Specifications<T> {
  private static final String NONE = "none";

  /// What options are also called.
  private static final Map<String, String> ALSO =
      Map.of("lr", "rate", "decay", "weightdecay", "wd", "weightdecay");

  private final String kind;
  private final Class<T> type;
  private final SequencedMap<String, T> usual = new LinkedHashMap<>();
  private final Map<String, String> whyNot = new LinkedHashMap<>();

  /// None as yet.
  ///
  /// @param kind for errors, in the singular: `optimizer`
  public Specifications(String kind, Class<T> type) {
    this.kind = kind;
    this.type = type;
  }

  /// Adds a name.
  ///
  /// @param record with its usual options, a public one
  public Specifications<T> with(String name, T record) {
    usual.put(name, record);
    return this;
  }

  /// Adds a name that somebody may look for here, in vain.
  ///
  /// @param reason why, and what to do instead: `"compares triplets; use it in Java"`
  public Specifications<T> without(String name, String reason) {
    whyNot.put(name, reason);
    return this;
  }

  /// All names, with the usual record of each.
  public SequencedMap<String, T> all() {
    return Collections.unmodifiableSequencedMap(usual);
  }

  /// Whether it is about another of its kind, and so follows one after a plus.
  public boolean isAbout(T record) {
    return inner(record) >= 0;
  }

  // ---- reading

  /// Reads a text.
  ///
  /// @throws FoveaException naming what is unknown or wrong, and what would work
  public T parse(String text) {
    return parse(text, base -> base);
  }

  /// Reads a text.
  ///
  /// @param ofFirst what becomes of the first record before the others are about it
  /// @throws FoveaException naming what is unknown or wrong, and what would work
  public T parse(String text, UnaryOperator<T> ofFirst) {
    @Nullable T all = null;
    // Not the plus of 1e+3.
    for (var part : text.split("\\+(?!\\d)", -1)) {
      var one = part.strip();
      int colon = one.indexOf(':');
      var name = colon < 0 ? one : one.substring(0, colon).strip();
      var options = colon < 0 ? "" : one.substring(colon + 1);
      var record = named(name, text);
      int inner = inner(record);
      if (all == null && inner >= 0) {
        throw new FoveaException(
            "%s is about another %s and follows it, as in %s+%s"
                .formatted(name, kind, first(), one));
      }
      if (all != null && inner < 0) {
        throw new FoveaException(
            "%s is %s %s of its own and cannot follow another; after a plus come %s"
                .formatted(name, article(), kind, String.join(", ", names(true))));
      }
      var values = values(record);
      if (all != null && inner >= 0) {
        values[inner] = all;
      }
      set(name, record, values, options);
      var made = make(record, values);
      all = all == null ? ofFirst.apply(made) : made;
    }
    return Objects.requireNonNull(all, "splitting gives a part");
  }

  private String article() {
    return "aeiou".indexOf(kind.charAt(0)) >= 0 ? "an" : "a";
  }

  private T named(String name, String text) {
    if (name.isEmpty()) {
      throw new FoveaException(
          "%s %s is missing in \"%s\"; there are %s"
              .formatted(article(), kind, text, String.join(", ", usual.keySet())));
    }
    for (var known : usual.entrySet()) {
      if (plain(known.getKey()).equals(plain(name))) {
        return known.getValue();
      }
    }
    whyNot.forEach(
        (known, reason) -> {
          if (plain(known).equals(plain(name))) {
            throw new FoveaException(known + " " + reason);
          }
        });
    throw new UnknownNameException(kind, name, usual.keySet());
  }

  private String first() {
    return names(false).getFirst();
  }

  /// The names of those that are about another, or of those that are not.
  public List<String> names(boolean about) {
    return usual.entrySet().stream()
        .filter(e -> isAbout(e.getValue()) == about)
        .map(Map.Entry::getKey)
        .toList();
  }

  /// A record with another value of an option.
  ///
  /// @throws FoveaException when it has no such option, or may not have that value
  public T set(T record, String option, String value) {
    var values = values(record);
    set(name(record), record, values, option + "=" + value);
    return make(record, values);
  }

  private void set(String name, T record, Object[] values, String options) {
    var components = options(record);
    boolean byName = false;
    var given = new ArrayList<RecordComponent>();
    var parts = options.isBlank() ? new String[0] : options.split(",", -1);
    for (int i = 0; i < parts.length; i++) {
      var part = parts[i].strip();
      int equals = part.indexOf('=');
      var flag = equals < 0 ? flag(components, part) : null;
      byName |= equals >= 0 || flag != null;
      RecordComponent component;
      if (flag != null) {
        component = flag;
      } else if (byName) {
        component = component(name, components, part);
      } else if (i < components.size()) {
        component = components.get(i);
      } else {
        throw new FoveaException(
            "%s has %s, so \"%s\" is one too many".formatted(name, list(components), part));
      }
      if (given.contains(component)) {
        throw new FoveaException(
            "%s: %s is given twice".formatted(name, optionName(component.getName())));
      }
      given.add(component);
      values[index(record, component)] =
          flag != null ? (Object) true : value(name, component, part.substring(equals + 1).strip());
    }
  }

  private static @Nullable RecordComponent flag(List<RecordComponent> components, String part) {
    return components.stream()
        .filter(c -> c.getType() == boolean.class && plain(c.getName()).equals(plain(part)))
        .findFirst()
        .orElse(null);
  }

  private static RecordComponent component(
      String name, List<RecordComponent> components, String part) {
    int equals = part.indexOf('=');
    if (equals < 0) {
      throw new FoveaException(
          "%s: \"%s\" needs a name, as do all options after one with a name; there are %s"
              .formatted(name, part, list(components)));
    }
    var option = plain(part.substring(0, equals).strip());
    for (var wanted : List.of(option, ALSO.getOrDefault(option, option))) {
      for (var component : components) {
        if (plain(component.getName()).equals(wanted)) {
          return component;
        }
      }
    }
    var names = components.stream().map(c -> optionName(c.getName())).toList();
    throw names.isEmpty()
        ? new FoveaException("%s has no options, so not \"%s\"".formatted(name, part))
        : new UnknownNameException("option of " + name, part.substring(0, equals).strip(), names);
  }

  private static Object value(String name, RecordComponent component, String text) {
    var type = component.getType();
    var option = optionName(component.getName());
    try {
      if ((type == Double.class || type == Integer.class || type == List.class)
          && text.equals(NONE)) {
        return Absent.VALUE;
      }
      if (type == int.class || type == Integer.class) {
        return Integer.parseInt(text);
      }
      if (type == long.class) {
        return Long.parseLong(text);
      }
      if (type == double.class || type == Double.class) {
        return Double.parseDouble(text);
      }
      if (type == List.class) {
        return Arrays.stream(text.split("/", -1)).map(Double::parseDouble).toList();
      }
    } catch (NumberFormatException e) {
      throw new FoveaException(
          "%s: %s is %s, not \"%s\"".formatted(name, option, expected(type), text), e);
    }
    if (type == boolean.class) {
      if (!text.equals("true") && !text.equals("false")) {
        throw new FoveaException(
            "%s: %s is true or false, not \"%s\"".formatted(name, option, text));
      }
      return Boolean.parseBoolean(text);
    }
    for (var constant : type.getEnumConstants()) {
      if (plain(constant.toString()).equals(plain(text))) {
        return constant;
      }
    }
    throw new FoveaException(
        "%s: %s is one of %s, not \"%s\""
            .formatted(
                name,
                option,
                Arrays.stream(type.getEnumConstants())
                    .map(Specifications::text)
                    .collect(Collectors.joining(", ")),
                text));
  }

  private static String expected(Class<?> type) {
    if (type == List.class) {
      return "numbers with slashes between them";
    }
    return type == double.class || type == Double.class ? "a number" : "a whole number";
  }

  private T make(T like, Object[] values) {
    var components = like.getClass().getRecordComponents();
    var all = new @Nullable Object[values.length];
    for (int i = 0; i < all.length; i++) {
      all[i] = values[i] instanceof Absent ? null : values[i];
    }
    try {
      return type.cast(
          like.getClass()
              .getDeclaredConstructor(
                  Arrays.stream(components).map(RecordComponent::getType).toArray(Class[]::new))
              .newInstance(all));
    } catch (InvocationTargetException e) {
      if (e.getCause() instanceof IllegalArgumentException wrong) {
        throw new FoveaException(String.valueOf(wrong.getMessage()), wrong);
      }
      throw new IllegalStateException(e);
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException(e); // they are public records
    }
  }

  // ---- writing

  /// The text that gives a record back.
  ///
  /// @throws FoveaException when its kind has no name here
  public String write(T record) {
    return write(record, first -> first);
  }

  /// The text that gives a record back.
  ///
  /// @param ofFirst what to write in place of the record that the others are about
  /// @throws FoveaException when its kind has no name here
  public String write(T record, UnaryOperator<T> ofFirst) {
    if (record.getClass().isRecord() && isAbout(record)) {
      var about = type.cast(values(record)[inner(record)]);
      return write(about, ofFirst) + "+" + one(record);
    }
    return one(ofFirst.apply(record));
  }

  private String one(T record) {
    var name = name(record);
    var values = values(record);
    var others = values(Objects.requireNonNull(usual.get(name)));
    var options = new ArrayList<String>();
    for (var component : options(record)) {
      int i = index(record, component);
      if (!values[i].equals(others[i])) {
        options.add(optionName(component.getName()) + "=" + text(values[i]));
      }
    }
    return name + (options.isEmpty() ? "" : ":" + String.join(",", options));
  }

  /// The name of a record's kind, or of its class where it has none here.
  public String find(T record) {
    return usual.entrySet().stream()
        .filter(e -> e.getValue().getClass() == record.getClass())
        .map(Map.Entry::getKey)
        .findFirst()
        .orElse(record.getClass().getSimpleName());
  }

  private String name(T record) {
    var name = find(record);
    if (!usual.containsKey(name)) {
      throw new FoveaException(
          "%s has no name as text; only Fovea's own do".formatted(record.getClass().getName()));
    }
    return name;
  }

  /// Every name with all its options.
  public List<String> usual() {
    return usual.entrySet().stream()
        .map(
            e -> {
              var record = e.getValue();
              var values = values(record);
              var options =
                  options(record).stream()
                      .map(c -> optionName(c.getName()) + "=" + text(values[index(record, c)]))
                      .collect(Collectors.joining(","));
              return e.getKey() + (options.isEmpty() ? "" : ":" + options);
            })
        .toList();
  }

  private static String text(Object value) {
    return switch (value) {
      case Double d -> number(d);
      case List<?> list -> list.stream().map(Specifications::text).collect(Collectors.joining("/"));
      case Absent _ -> NONE;
      case Enum<?> e -> e.toString().toLowerCase(Locale.ROOT).replace('_', '-');
      default -> value.toString();
    };
  }

  /// As short as it can be: `1e-8`, `0.001`, `4`.
  private static String number(double x) {
    if (x == Math.rint(x) && Math.abs(x) < 1e6) {
      return Long.toString((long) x);
    }
    return Double.toString(x).replace(".0E", "e").replace('E', 'e');
  }

  // ---- records

  /// What stands for null, of which nothing can be asked.
  private enum Absent {
    VALUE
  }

  private static Object[] values(Object record) {
    return Arrays.stream(record.getClass().getRecordComponents())
        .map(
            c -> {
              try {
                var value = c.getAccessor().invoke(record);
                return value == null ? Absent.VALUE : value;
              } catch (ReflectiveOperationException e) {
                throw new IllegalStateException(e); // they are public
              }
            })
        .toArray();
  }

  /// Where the one is that a record is about; −1 where it is about none.
  private int inner(T record) {
    var components = record.getClass().getRecordComponents();
    for (int i = 0; i < components.length; i++) {
      if (components[i].getType() == type) {
        return i;
      }
    }
    return -1;
  }

  /// The components that can be written as text.
  private List<RecordComponent> options(T record) {
    return Arrays.stream(record.getClass().getRecordComponents())
        .filter(c -> c.getType() != type)
        .toList();
  }

  private static int index(Object record, RecordComponent component) {
    return Arrays.asList(record.getClass().getRecordComponents()).stream()
        .map(RecordComponent::getName)
        .toList()
        .indexOf(component.getName());
  }

  private static String list(List<RecordComponent> components) {
    return components.isEmpty()
        ? "no options"
        : "the options "
            + components.stream()
                .map(c -> optionName(c.getName()))
                .collect(Collectors.joining(", "));
  }

  /// `weightDecay` as `weight-decay`.
  private static String optionName(String component) {
    return component.replaceAll("(?<=[a-z])(?=[A-Z])", "-").toLowerCase(Locale.ROOT);
  }

  private static String plain(String name) {
    return name.replaceAll("[-_ ]", "").toLowerCase(Locale.ROOT);
  }
}
