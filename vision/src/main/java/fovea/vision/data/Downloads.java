package fovea.vision.data;

import fovea.core.UnknownNameException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// Public data sets that can be fetched by name, which happens only when asked for. They go into a
/// folder of their name in the cache folder, where [Datasets#open] then finds them by name.
///
/// Each file has a checksum that its makers published and one or more mirrors. A file is under its
/// name only when it is whole and right; what was cut off is continued.
public final class Downloads {
  private Downloads() {}

  /// A file of a data set.
  ///
  /// @param name in the folder
  /// @param md5 as its makers published it
  /// @param size in bytes
  /// @param mirrors addresses of it, tried in turn
  record Item(String name, String md5, long size, List<String> mirrors) {}

  /// @param archive whether the one item is a tar.gz, whose files are wanted
  record Known(String name, String description, List<Item> items, boolean archive) {}

  private static final List<Known> KNOWN =
      List.of(
          new Known(
              "mnist",
              "ten classes of handwritten digits, 28×28 grey, 60000 training and 10000 test images; 12 MB",
              idx(
                  List.of(
                      "https://ossci-datasets.s3.amazonaws.com/mnist/",
                      "https://storage.googleapis.com/cvdf-datasets/mnist/"),
                  "f68b3c2dcbeaaa9fbdd348bbdeb94873",
                  9_912_422,
                  "d53e105ee54ea40749a09fcbcd1e9432",
                  28_881,
                  "9fb629c4189551a2d022fa330f9573f3",
                  1_648_877,
                  "ec29112dd5afa0611ce80d1b7f02629c",
                  4_542),
              false),
          new Known(
              "fashion-mnist",
              "ten classes of clothes, 28×28 grey, 60000 training and 10000 test images; 31 MB",
              idx(
                  List.of(
                      "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",
                      "https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/master/data/fashion/"),
                  "8d4fb7e6c68d591d4c3dfef9ec88bf0d",
                  26_421_880,
                  "25c81989df183df01b3e8a0aad5dffbe",
                  29_515,
                  "bef4ecab320f06d8554ea6380940ec79",
                  4_422_102,
                  "bb300cfdad3c16e7a12a480ee83cd310",
                  5_148),
              false),
          new Known(
              "cifar10",
              "ten classes of things, 32×32 colour, 50000 training and 10000 test images; 170 MB",
              List.of(
                  cifar("cifar-10-binary.tar.gz", "c32a1d4ab5d03f1284b67883e8d87530", 170_052_171)),
              true),
          new Known(
              "cifar100",
              "a hundred classes of things, 32×32 colour, 50000 training and 10000 test images; 169 MB",
              List.of(
                  cifar(
                      "cifar-100-binary.tar.gz", "03b5dce01913d631647c71ecec9e9cb8", 168_513_733)),
              true));

  private static List<Item> idx(
      List<String> mirrors,
      String trainImages,
      long trainImagesSize,
      String trainLabels,
      long trainLabelsSize,
      String testImages,
      long testImagesSize,
      String testLabels,
      long testLabelsSize) {
    return List.of(
        item(mirrors, "train-images-idx3-ubyte.gz", trainImages, trainImagesSize),
        item(mirrors, "train-labels-idx1-ubyte.gz", trainLabels, trainLabelsSize),
        item(mirrors, "t10k-images-idx3-ubyte.gz", testImages, testImagesSize),
        item(mirrors, "t10k-labels-idx1-ubyte.gz", testLabels, testLabelsSize));
  }

  private static Item cifar(String name, String md5, long size) {
    return item(
        List.of("https://www.cs.toronto.edu/~kriz/", "https://cave.cs.toronto.edu/kriz/"),
        name,
        md5,
        size);
  }

  private static Item item(List<String> mirrors, String name, String md5, long size) {
    return new Item(name, md5, size, mirrors.stream().map(m -> m + name).toList());
  }

  /// The names of what can be fetched.
  public static List<String> names() {
    return KNOWN.stream().map(Known::name).toList();
  }

  /// One line about a data set that can be fetched.
  ///
  /// @throws UnknownNameException if there is none of this name
  public static String describe(String name) {
    return known(name).description;
  }

  /// Where data sets are kept: the system property `fovea.data`, or else `fovea/datasets` in the
  /// user's cache folder (`XDG_CACHE_HOME`, `~/.cache`).
  public static Path cache() {
    var property = System.getProperty("fovea.data");
    if (property != null) {
      return Path.of(property);
    }
    var xdg = System.getenv("XDG_CACHE_HOME");
    var cache =
        xdg == null || xdg.isEmpty()
            ? Path.of(System.getProperty("user.home"), ".cache")
            : Path.of(xdg);
    return cache.resolve("fovea", "datasets");
  }

  /// The folder of a data set that was fetched; empty if it was not, or not wholly.
  public static Optional<Path> find(String name) {
    return KNOWN.stream()
        .filter(k -> k.name.equals(name))
        .map(k -> cache().resolve(name))
        .filter(Files::isDirectory)
        .findFirst();
  }

  /// Hears how far a download is.
  @FunctionalInterface
  public interface Listener {
    /// Some bytes have arrived.
    ///
    /// @param file which is being fetched
    /// @param bytes that are there
    /// @param size of the whole
    void at(String file, long bytes, long size);
  }

  /// Fetches a data set, unless it is there already.
  ///
  /// @return its folder
  /// @throws UnknownNameException if none of this name is known
  /// @throws DataException if no mirror gives a file with the right checksum, or it cannot be
  ///   written; what has arrived is kept and continued the next time
  public static Path get(String name, Listener listener) {
    var known = known(name);
    return find(name).orElseGet(() -> get(known, cache(), listener));
  }

  static Path get(Known known, Path cache, Listener listener) {
    var arriving = cache.resolve(known.name + ".part");
    var done = cache.resolve(known.name);
    try {
      Files.createDirectories(arriving);
      var files = new ArrayList<Path>();
      for (var item : known.items) {
        files.add(new Download(item, arriving, listener).run());
      }
      if (known.archive) {
        for (var file : files) {
          Tar.unpack(file, arriving);
          Files.delete(file);
        }
      }
      // The folder has its name only when all is there.
      return Files.move(arriving, done);
    } catch (IOException e) {
      throw Download.unwritable(arriving, e);
    }
  }

  private static Known known(String name) {
    return KNOWN.stream()
        .filter(k -> k.name.equals(name))
        .findFirst()
        .orElseThrow(() -> new UnknownNameException("dataset", name, names()));
  }
}
