"""What one step of PyTorch's optimizers costs over the parameters of a ResNet-18, beside
lab/OptimizerSteps.java: fused where there is such a form, else the faster of foreach and one by one.

    python optimizer_steps.py
"""
import time

import torch


def shapes():
    yield (64, 3, 7, 7)
    yield from [(64,)] * 2
    before = 64
    for width in (64, 128, 256, 512):
        for block in range(2):
            yield (width, before if block == 0 else width, 3, 3)
            yield (width, width, 3, 3)
            yield from [(width,)] * 4
            if block == 0 and width != before:
                yield (width, before, 1, 1)
                yield from [(width,)] * 2
        before = width
    yield (1000, 512)
    yield (1000,)


def measure(make):
    parameters = [torch.nn.Parameter(torch.randn(s) * 0.05) for s in shapes()]
    for p in parameters:
        p.grad = torch.full_like(p, 1e-6)
    optimizer = make(parameters)
    times = []
    for i in range(60):
        began = time.perf_counter()
        optimizer.step()
        if i >= 20:
            times.append(1e3 * (time.perf_counter() - began))
    return sorted(times)[len(times) // 2]


def main():
    o = torch.optim
    rules = {
        "sgd": (o.SGD, dict(lr=0.02, momentum=0.9)),
        "adam": (o.Adam, {}),
        "adamw": (o.AdamW, {}),
        "nadam": (o.NAdam, {}),
        "radam": (o.RAdam, {}),
        "adamax": (o.Adamax, {}),
        "adagrad": (o.Adagrad, {}),
        "adadelta": (o.Adadelta, {}),
        "rmsprop": (o.RMSprop, {}),
    }
    print("PyTorch", torch.__version__, torch.get_num_threads(), "threads")
    for name, (kind, options) in rules.items():
        best = None
        for form in (dict(fused=True), dict(foreach=True), dict(foreach=False)):
            try:
                took = measure(lambda p: kind(p, **options, **form))
            except (TypeError, RuntimeError):
                continue
            if best is None or took < best[0]:
                best = (took, form)
        print("%-10s %7.2f ms  %s" % (name, best[0], best[1]))


if __name__ == "__main__":
    main()
