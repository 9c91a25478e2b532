package fovea.lab.peer;

import ai.djl.Model;
import ai.djl.engine.Engine;
import ai.djl.inference.Predictor;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.AbstractBlock;
import ai.djl.nn.Activation;
import ai.djl.nn.Block;
import ai.djl.nn.convolutional.Conv2d;
import ai.djl.nn.core.Linear;
import ai.djl.nn.norm.BatchNorm;
import ai.djl.nn.pooling.Pool;
import ai.djl.training.DefaultTrainingConfig;
import ai.djl.training.ParameterStore;
import ai.djl.training.loss.Loss;
import ai.djl.training.optimizer.Optimizer;
import ai.djl.training.tracker.Tracker;
import ai.djl.translate.NoopTranslator;
import ai.djl.translate.TranslateException;
import ai.djl.util.PairList;
import fovea.lab.work.Network;
import fovea.lab.work.Op;
import fovea.lab.work.Precision;
import fovea.lab.work.Work;
import java.util.List;

/// Deep Java Library on its PyTorch engine, in the way of its tutorials: blocks, a trainer, a
/// predictor. The number of threads is set by the driver, as a property.
final class DjlPeer implements Peer {
  private static final List<String> NETWORKS = List.of("lenet5", "resnet20");

  @Override
  public String version() {
    return "DJL %s on LibTorch %s"
        .formatted(Engine.getDjlVersion(), Engine.getInstance().getVersion());
  }

  @Override
  public Prepared prepare(Work work, Precision precision, Configuration configuration) {
    if (precision != Precision.F32 || !NETWORKS.contains(work.model())) {
      throw new Unavailable("DJL is measured on LeNet-5 and ResNet-20 in f32 only");
    }
    var model = Model.newInstance(work.name());
    var block = new NetworkBlock(work.net());
    model.setBlock(block);
    var inputShape = shape(work.inputShape());
    var manager = model.getNDManager();
    var x = manager.randomNormal(inputShape);
    if (work.task() == Work.Task.INFER) {
      block.initialize(manager, DataType.FLOAT32, inputShape);
      var predictor = model.newPredictor(new NoopTranslator(null));
      return new Prepared(() -> predict(predictor, x), weights(block));
    }
    var sgd = work.sgd();
    var optimizer =
        Optimizer.sgd()
            .setLearningRateTracker(Tracker.fixed((float) sgd.rate()))
            .optMomentum((float) sgd.momentum())
            .optWeightDecays((float) sgd.weightDecay())
            .build();
    var loss = Loss.softmaxCrossEntropyLoss();
    var trainer = model.newTrainer(new DefaultTrainingConfig(loss).optOptimizer(optimizer));
    trainer.initialize(inputShape);
    var labels = new float[work.batch()];
    for (int i = 0; i < labels.length; i++) {
      labels[i] = i % work.classes();
    }
    var y = manager.create(labels);
    Runnable step =
        () -> {
          // What a step makes goes to the manager of what it is made from.
          try (var scope = manager.newSubManager()) {
            scope.tempAttachAll(x, y);
            try (var gradients = trainer.newGradientCollector()) {
              gradients.backward(loss.evaluate(new NDList(y), trainer.forward(new NDList(x))));
            }
            trainer.step();
          }
        };
    return new Prepared(step, weights(block));
  }

  private static void predict(Predictor<NDList, NDList> predictor, NDArray x) {
    try (var _ = predictor.predict(new NDList(x))) {
      // Only the prediction counts.
    } catch (TranslateException e) {
      throw new IllegalStateException(e);
    }
  }

  private static long weights(Block block) {
    return block.getParameters().values().stream()
        .map(p -> p.getShape())
        .filter(s -> s.dimension() > 1)
        .mapToLong(Shape::size)
        .sum();
  }

  private static Shape shape(int... sizes) {
    var longs = new long[sizes.length];
    for (int i = 0; i < sizes.length; i++) {
      longs[i] = sizes[i];
    }
    return new Shape(longs);
  }

  private static Shape square(int size) {
    return new Shape(size, size);
  }

  /// The network, of DJL's own blocks.
  private static final class NetworkBlock extends AbstractBlock {
    private final Network net;
    private final Layer[] layers;

    private interface Layer {
      NDArray apply(ParameterStore store, NDArray a, NDArray b, boolean training);
    }

    NetworkBlock(Network net) {
      this.net = net;
      layers = new Layer[net.steps().size()];
      for (int i = 0; i < layers.length; i++) {
        layers[i] = layer(net.steps().get(i).op());
      }
    }

    private Layer layer(Op op) {
      return switch (op) {
        case Op.Conv c ->
            child(
                c.name(),
                Conv2d.builder()
                    .setKernelShape(square(c.kernel()))
                    .setFilters(c.out())
                    .optStride(square(c.stride()))
                    .optPadding(square(c.pad()))
                    .optBias(c.bias())
                    .build());
        case Op.Linear l ->
            child(l.name(), Linear.builder().setUnits(l.out()).optBias(l.bias()).build());
        case Op.BatchNorm n -> child(n.name(), BatchNorm.builder().build());
        case Op.Relu _ -> (_, a, _, _) -> Activation.relu(a);
        case Op.MaxPool p ->
            (_, a, _, _) ->
                Pool.maxPool2d(a, square(p.kernel()), square(p.stride()), square(p.pad()), false);
        case Op.GlobalAvgPool _ -> (_, a, _, _) -> Pool.globalAvgPool2d(a);
        case Op.Flatten _ -> (_, a, _, _) -> a.flatten(1, -1);
        case Op.SubsampleAndPad s ->
            (_, a, _, _) ->
                a.get(":, :, ::2, ::2").pad(new Shape(0, 0, 0, 0, s.each(), s.each()), 0);
        case Op.Add _ -> (_, a, b, _) -> a.add(b);
        case Op.UpConv _, Op.Gelu _, Op.Scale _, Op.Concat _ ->
            throw new Unavailable("DJL is not measured with " + op.word());
      };
    }

    private Layer child(String name, Block block) {
      addChildBlock(name, block);
      return (store, a, _, training) ->
          block.forward(store, new NDList(a), training).singletonOrThrow();
    }

    @Override
    protected NDList forwardInternal(
        ParameterStore store,
        NDList inputs,
        boolean training,
        PairList<String, Object> parameters) {
      var values = new NDArray[layers.length + 1];
      values[0] = inputs.singletonOrThrow();
      for (int i = 0; i < layers.length; i++) {
        var from = net.steps().get(i).inputs();
        values[i + 1] =
            layers[i].apply(store, values[from.getFirst()], values[from.getLast()], training);
      }
      return new NDList(values[layers.length]);
    }

    @Override
    protected void initializeChildBlocks(
        NDManager manager, DataType dataType, Shape... inputShapes) {
      int child = 0;
      for (var step : net.steps()) {
        switch (step.op()) {
          case Op.Conv _, Op.Linear _, Op.BatchNorm _ ->
              getChildren()
                  .get(child++)
                  .getValue()
                  .initialize(manager, dataType, batched(inputShapes[0], step.input()));
          default -> {
            // Has no parameters.
          }
        }
      }
    }

    @Override
    public Shape[] getOutputShapes(Shape[] inputShapes) {
      return new Shape[] {batched(inputShapes[0], net.steps().size())};
    }

    private Shape batched(Shape input, int value) {
      return new Shape(input.get(0)).addAll(shape(net.shape(value)));
    }
  }
}
