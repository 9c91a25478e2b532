"""Images a second of a torchvision pipeline, beside lab/DataLoading.java.

    python data_loading.py FOLDER SIZE crop|crop-pad4|resized-crop [BATCH] [SECONDS]
    python data_loading.py --make-photos FROM TO    500x375 JPEGs (quality 90) out of the photographs below FROM

FOLDER holds train/<class>/*.jpg. Needs torch, torchvision and Pillow.
"""
import os
import sys
import time


def make_photos(source, target):
    from PIL import Image

    files = [os.path.join(d, f) for d, _, fs in os.walk(source) for f in sorted(fs) if f.endswith(".jpg")]
    for part in ("train", "test"):
        for name in ("a", "b"):
            os.makedirs(os.path.join(target, part, name), exist_ok=True)
    for i, file in enumerate(sorted(files)):
        image = Image.open(file).convert("RGB").resize((500, 375), Image.BICUBIC)
        part = "test" if i % 8 == 0 else "train"
        image.save(os.path.join(target, part, "ab"[i // 8 % 2], "%04d.jpg" % i), quality=90)


def import_torchvision(torch):
    """torchvision, also one whose compiled operators were built for another torch.

    Nothing here calls them, but importing it registers their shapes, which fails where they are
    missing. Each that the error names is then declared and stays without an implementation.
    """
    import importlib
    import re

    library = None
    for _ in range(50):
        try:
            return importlib.import_module("torchvision")
        except RuntimeError as e:
            missing = re.search(r"operator torchvision::(\w+) does not exist", str(e))
            if missing is None:
                raise
            library = library or torch.library.Library("torchvision", "FRAGMENT")
            library.define(missing.group(1) + "(Tensor x) -> Tensor")
            for name in [m for m in sys.modules if m.split(".")[0] == "torchvision"]:
                del sys.modules[name]
    raise RuntimeError("torchvision does not import")


def main(folder, size, steps, batch=64, seconds=3.0):
    import torch

    torchvision = import_torchvision(torch)
    from torchvision import transforms as T

    first = {
        "crop": T.RandomCrop(size),
        "crop-pad4": T.RandomCrop(size, padding=4),
        "resized-crop": T.RandomResizedCrop(size),
    }[steps]
    data = torchvision.datasets.ImageFolder(
        os.path.join(folder, "train"),
        T.Compose([
            first,
            T.RandomHorizontalFlip(),
            T.ToTensor(),
            T.Normalize((0.485, 0.456, 0.406), (0.229, 0.224, 0.225)),
        ]),
    )
    print("torch %s, torchvision %s, %d images, batches of %d" % (torch.__version__, torchvision.__version__, len(data), batch))
    began, n = time.perf_counter(), 0
    while time.perf_counter() - began < seconds:
        data.loader(data.samples[n % len(data)][0])
        n += 1
    print("%-36s %9.0f images/s" % ("PIL alone, one thread", n / (time.perf_counter() - began)))
    for workers in (0, os.cpu_count()):
        loader = torch.utils.data.DataLoader(
            data, batch, shuffle=True, num_workers=workers, persistent_workers=workers > 0)
        best = 0
        for epoch in range(3):
            began, n = time.perf_counter(), 0
            for x, _ in loader:
                if n == 0:  # the workers have started
                    began = time.perf_counter()
                    n = 1
                    continue
                n += len(x)
                if time.perf_counter() - began > seconds:
                    break
            best = max(best, n / (time.perf_counter() - began))
        print("%-36s %9.0f images/s" % ("DataLoader, %d workers" % workers, best))


if __name__ == "__main__":
    if sys.argv[1] == "--make-photos":
        make_photos(*sys.argv[2:])
    else:
        folder, size, steps, *rest = sys.argv[1:]
        main(folder, int(size), steps, *[t(v) for t, v in zip((int, float), rest)])
