"""PyTorch as a contestant of lab/bench: the protocol is that of PeerMain.java.

Run by lab/bench with the descriptions of all works as its argument; not meant to be run by hand.
"""

import json
import math
import sys
import time

import torch
import torch.nn.functional as F
from torch import nn


class SubsampleAndPad(nn.Module):
    """ResNet's shortcut of option A."""

    def __init__(self, each):
        super().__init__()
        self.each = each

    def forward(self, x):
        return F.pad(x[:, :, ::2, ::2], (0, 0, 0, 0, self.each, self.each))


class Scale(nn.Module):
    def __init__(self, factor):
        super().__init__()
        self.factor = factor

    def forward(self, x):
        return x * self.factor


class Add(nn.Module):
    def forward(self, a, b):
        return a + b


class Concat(nn.Module):
    def forward(self, a, b):
        return torch.cat((a, b), 1)


def module(op):
    match op["op"]:
        case "conv":
            m = nn.Conv2d(op["in"], op["out"], op["kernel"], op["stride"], op["pad"], bias=op["bias"])
            m.requires_grad_(not op["frozen"])
            return m
        case "up-conv":
            return nn.ConvTranspose2d(op["in"], op["out"], 2, 2)
        case "batch-norm":
            m = nn.BatchNorm2d(op["channels"])
            m.weight.requires_grad_(not op["fixedScale"])
            return m
        case "linear":
            return nn.Linear(op["in"], op["out"], bias=op["bias"])
        case "relu":
            return nn.ReLU()
        case "gelu":
            return nn.GELU()
        case "max-pool":
            return nn.MaxPool2d(op["kernel"], op["stride"], op["pad"])
        case "global-avg-pool":
            return nn.AdaptiveAvgPool2d(1)
        case "flatten":
            return nn.Flatten()
        case "scale":
            return Scale(op["factor"])
        case "subsample-and-pad":
            return SubsampleAndPad(op["each"])
        case "add":
            return Add()
        case "concat":
            return Concat()
    raise ValueError("unknown operation " + op["op"])


class Network(nn.Module):
    def __init__(self, steps):
        super().__init__()
        self.layers = nn.ModuleList(module(s) for s in steps)
        self.inputs = [s["inputs"] for s in steps]

    def forward(self, x):
        values = [x]
        for layer, inputs in zip(self.layers, self.inputs):
            values.append(layer(*[values[i] for i in inputs]))
        return values[-1]


def autocast(bf16):
    return torch.autocast("cpu", dtype=torch.bfloat16, enabled=bf16)


def prepare(work, precision, configuration):
    """The step of a work, and the numbers in parameters of two and more dimensions."""
    threads, _, layout = configuration.partition("-")
    torch.set_num_threads(int(threads[1:]))
    torch.manual_seed(1)
    bf16 = precision == "bf16"
    task = work["task"]
    if task == "MATMUL":
        dtype = torch.bfloat16 if bf16 else torch.float32
        a, b = (torch.randn(work["batch"], work["batch"]).to(dtype) for _ in range(2))
        return inference(lambda: a @ b), 0
    if task == "ELEMENTWISE":
        x, y = (torch.randn(work["batch"]) for _ in range(2))
        return inference(
            lambda: (torch.sigmoid(torch.relu(x * 1.5 + y) * y) - x).abs().sqrt()
        ), 0

    memory_format = torch.channels_last if layout == "nhwc" else torch.contiguous_format
    network = Network(work["steps"]).to(memory_format=memory_format)
    weights = sum(p.numel() for p in network.parameters() if p.dim() > 1)
    x = torch.randn(work["input"]).contiguous(memory_format=memory_format)
    if task == "INFER":
        network.eval()

        def infer():
            with autocast(bf16):
                network(x)

        return inference(infer), weights

    labels = torch.arange(math.prod(work["labels"])) % work["classes"]
    y = labels.reshape(work["labels"])
    sgd = work["sgd"]
    optimizer = torch.optim.SGD(
        [p for p in network.parameters() if p.requires_grad],
        sgd["rate"],
        sgd["momentum"],
        weight_decay=sgd["weightDecay"],
        nesterov=sgd["nesterov"],
        fused=True,
    )
    network.train()

    def train():
        optimizer.zero_grad()
        with autocast(bf16):
            loss = F.cross_entropy(network(x), y)
        loss.backward()
        optimizer.step()

    return train, weights


def inference(step):
    def run():
        with torch.inference_mode():
            step()

    return run


def times(step, milliseconds):
    """Steps until the time is over, at least one."""
    result = []
    now = time.perf_counter()
    end = now + milliseconds / 1000
    while not result or now < end:
        step()
        after = time.perf_counter()
        result.append((after - now) * 1000)
        now = after
    return result


def peak_megabytes():
    try:
        with open("/proc/self/status") as status:
            for line in status:
                if line.startswith("VmHWM:"):
                    return round(int(line.split()[1]) / 1024)
    except OSError:
        pass
    return "-"


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        works = {w["name"]: w for w in json.load(file)}
    step = None
    for line in sys.stdin:
        words = line.split()
        try:
            match words:
                case ["version"]:
                    answer = "version PyTorch " + torch.__version__
                case ["prepare", work, precision, configuration]:
                    step, weights = prepare(works[work], precision, configuration)
                    answer = f"ready {weights}"
                case ["run", milliseconds]:
                    answer = " ".join(
                        ["times"] + [f"{t:.5g}" for t in times(step, int(milliseconds))]
                    )
                case ["memory"]:
                    answer = f"memory {peak_megabytes()} -"
                case ["quit"]:
                    return
                case _:
                    answer = "error unknown request " + line.strip()
        except Exception as e:
            answer = f"error {type(e).__name__}: {e}".splitlines()[0]
        print(answer, flush=True)


if __name__ == "__main__":
    main()
