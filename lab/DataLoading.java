/// Images a second that the loader hands out: decoded, changed at random, normalised and put into
/// batches; and how many ImageIO alone decodes. Each figure is the best of some rounds.
///
///     ./fovea run lab/DataLoading.java DATA SIZE STEPS [BATCH] [SECONDS]
///
/// for example `photos 224 crop:224,224+flip`. `lab/peers/data_loading.py` does the same with
/// torchvision.

import module fovea.vision;

void main(String[] args) {
  if (args.length < 3) {
    IO.println("usage: DataLoading.java DATA SIZE STEPS [BATCH] [SECONDS]");
    return;
  }
  var data = Datasets.open(args[0]).train();
  int size = Integer.parseInt(args[1]);
  var steps = Augmentations.parse(args[2]);
  int batch = args.length > 3 ? Integer.parseInt(args[3]) : 64;
  double seconds = args.length > 4 ? Double.parseDouble(args[4]) : 3;
  int cores = Runtime.getRuntime().availableProcessors();
  var preprocessing =
      new Preprocessing(
          3, size, size, List.of(0.485f, 0.456f, 0.406f), List.of(0.229f, 0.224f, 0.225f));
  IO.println("%s: %d images, %d cores, batches of %d, %s".formatted(data.name(), data.size(), cores, batch, steps));

  // What Java compiles on the way is compiled before anything is timed.
  var warm =
      Loader.shuffled(data, preprocessing, batch, Rng.of(0))
          .augment(steps, Rng.of(1))
          .loading(new Loading(0, Loading.Cache.NONE));
  var before = new Passes(warm);
  for (long until = System.nanoTime() + 6_000_000_000L; System.nanoTime() < until; ) {
    before.next();
  }

  var indices = new AtomicInteger();
  print("ImageIO alone, one thread", seconds, () -> {
    data.image(indices.getAndIncrement() % data.size());
    return 1;
  });
  print("ImageIO alone, all cores", seconds, () -> {
    IntStream.range(0, batch)
        .parallel()
        .forEach(_ -> data.image(indices.getAndIncrement() % data.size()));
    return batch;
  });
  for (int workers : new int[] {0, cores}) {
    for (var cache : List.of(Loading.Cache.NONE, Loading.Cache.MEMORY)) {
      var loader =
          Loader.shuffled(data, preprocessing, batch, Rng.of(0))
              .augment(steps, Rng.of(1))
              .loading(new Loading(workers, cache));
      if (cache == Loading.Cache.MEMORY) {
        drain(loader.pass(0, 0)); // decodes what it then keeps
      }
      var passes = new Passes(loader);
      print("loader, %d workers, cache %s".formatted(workers, cache), seconds, passes::next);
    }
  }
}

/// Batches without end.
class Passes {
  private final Loader loader;
  private long epoch;
  private Iterator<Batch> pass;

  Passes(Loader loader) {
    this.loader = loader;
    pass = loader.pass(0, 0);
  }

  int next() {
    if (!pass.hasNext()) {
      pass = loader.pass(++epoch, 0);
    }
    try (var _ = Scope.open("batch")) {
      return pass.next().indices().length;
    }
  }
}

void drain(Iterator<Batch> pass) {
  while (pass.hasNext()) {
    try (var _ = Scope.open("batch")) {
      pass.next();
    }
  }
}

void print(String what, double seconds, IntSupplier work) {
  double best = 0;
  for (int round = 0; round < 4; round++) { // the first warms up
    long began = System.nanoTime();
    long images = 0;
    double taken;
    do {
      images += work.getAsInt();
      taken = (System.nanoTime() - began) * 1e-9;
    } while (taken < seconds / 4);
    best = round == 0 ? 0 : Math.max(best, images / taken);
  }
  IO.println("%-36s %,9.0f images/s".formatted(what, best));
}
