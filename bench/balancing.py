"""Balancing in PyTorch, and what it is compared with: the peer of `balancer.ts`, which starts this program.

Reads a description of the work as JSON from its first argument, then one line `{"name": …, "steps": n}` at a time from
stdin, and answers each with a line of JSON.
"""

import json
import sys
import time
from concurrent.futures import ThreadPoolExecutor

try:
    import torch
except ImportError as error:
    print(json.dumps({"error": f"PyTorch does not load: {error}"}), flush=True)
    sys.exit(0)

BLOCK = 256
# Numbers in a tile of rows: 1 MB, which stays in a core's cache.
TILE = 1 << 18
BALANCING_TEMPERATURE = 0.04


def first_largest(z):
    """Largest entry and its index of each row, `[rows, 1]` each. By blocks, several times as fast as max(1)."""
    rows, clusters = z.shape
    if clusters % BLOCK:
        return z.max(1, keepdim=True)
    blocks = z.view(rows, -1, BLOCK)
    tops, block = blocks.amax(2).max(1, keepdim=True)
    inside = blocks[torch.arange(rows), block[:, 0]].argmax(1, keepdim=True)
    return tops, block * BLOCK + inside


class Balancer:
    """One affine map a cluster, made of running sizes. No raw labels, which a loop in Python has no use for."""

    def __init__(self, z, out, momentum=0.999):
        rows, clusters = z.shape
        self.z, self.out, self.momentum = z, out, momentum
        self.size = torch.full((clusters,), 1 / clusters)
        self.labels = torch.empty(rows, dtype=torch.int64)
        self.pool = ThreadPoolExecutor(2)

    def rows(self, first, last):
        z, scale, shift = self.out[first:last], self.scale, self.shift
        # 1 − (1 − z)·lower, then (1 + z)·higher − 1, as one map.
        torch.addcmul(shift, self.z[first:last], scale, out=z)
        top, at = first_largest(z)
        z.scatter_(1, at, 1.01 * top).clamp_(-1, 1).div_(BALANCING_TEMPERATURE)
        torch.softmax(z, 1, out=z)
        self.labels[first:last] = first_largest(z)[1][:, 0]

    def usual(self):
        """As one would write it."""
        z = torch.addcmul(self.shift, self.z, self.scale, out=self.out)
        top, at = z.max(1, keepdim=True)
        z.scatter_(1, at, 1.01 * top).clamp_(-1, 1).div_(BALANCING_TEMPERATURE)
        torch.softmax(z, 1, out=z)
        self.labels = z.argmax(1)

    def tiles(self, first, last):
        step = max(1, TILE // self.z.shape[1])
        for row in range(first, last, step):
            self.rows(row, min(last, row + step))

    def step(self, formulation):
        rows, clusters = self.z.shape
        ratio = clusters * self.size / self.size.sum()
        lower = 1 - (1 - ratio).clamp_min(0)
        higher = 1 - (1 - 1 / ratio).clamp_min(0)
        lower = torch.where(lower == 0, 1e-3 * torch.rand(clusters), lower)
        higher = torch.where(higher == 0, 1e-3 * torch.rand(clusters), higher)
        self.scale, self.shift = lower * higher, (2 - lower) * higher - 1
        if formulation == "usual":
            self.usual()
        elif formulation == "whole":
            self.rows(0, rows)
        elif formulation == "tiles":
            self.tiles(0, rows)
        else:
            half = rows // 2
            jobs = [self.pool.submit(self.tiles, *part) for part in ((0, half), (half, rows))]
            for job in jobs:
                job.result()
        counts = torch.bincount(self.labels, minlength=clusters)
        self.size.lerp_(counts / rows, 1 - self.momentum)


def sinkhorn(z, out, epsilon=0.05, rounds=3):
    """As in SwAV, without its transpositions and in place."""
    rows, clusters = z.shape
    q = torch.div(z, epsilon, out=out)
    q.sub_(q.max()).exp_()
    q.div_(q.sum())
    for _ in range(rounds):
        q.div_(q.sum(0, keepdim=True).mul_(clusters))
        q.div_(q.sum(1, keepdim=True).mul_(rows))
    q.mul_(rows)
    return first_largest(q)[1]


def mira(z, out, temperature=0.225, beta=2 / 3, rounds=30):
    """Only the products of k with a vector are needed in a round."""
    rows = z.shape[0]
    k = torch.div(z, temperature * (1 - beta), out=out)
    torch.softmax(k, 1, out=k)
    v = k.mean(0).pow_(1 - beta)
    for _ in range(rounds):
        w = v.pow(-beta / (1 - beta))
        v = (w * ((1 / (k @ w)) @ k) / rows).pow_(1 - beta)
    k.mul_(v.pow(-beta / (1 - beta)))
    k.div_(k.sum(1, keepdim=True))
    return first_largest(k)[1]


def memory(field):
    """Bytes that the kernel counts for this process: VmRSS now, VmHWM at the peak."""
    with open("/proc/self/status") as file:
        return next(1024 * int(line.split()[1]) for line in file if line.startswith(field))


def growth_during(work):
    """By how much the peak of `work` stands over what was in memory before it."""
    try:
        with open("/proc/self/clear_refs", "w") as file:
            file.write("5")
        before = memory("VmRSS:")
        work()
        return max(0, memory("VmHWM:") - before)
    except OSError:
        work()
        return None


def timed(work):
    before = time.perf_counter()
    work()
    return time.perf_counter() - before


class Contenders:
    def __init__(self, rows, clusters):
        torch.manual_seed(0)
        self.z = torch.rand(rows, clusters).mul_(0.6).sub_(0.3)
        self.out = torch.zeros_like(self.z)
        self.balancer = Balancer(self.z, self.out)
        self.chosen = {}
        # What the libraries themselves take is not counted.
        small = Balancer(self.z[: min(8, rows)], self.out[: min(8, rows)])
        for formulation in ("whole", "tiles", "halves"):
            small.step(formulation)

    def ways(self, name):
        """Each is (threads of PyTorch, what to call)."""
        balance = self.balancer.step
        if name == "pytorch, 1 thread":
            return {way: (1, lambda way=way: balance(way)) for way in ("whole", "tiles")}
        if name == "pytorch as usual, 2 threads":
            return {"usual": (2, lambda: balance("usual"))}
        if name == "pytorch, 2 threads":
            halves = {"halves": (1, lambda: balance("halves"))}
            return halves | {way: (2, lambda way=way: balance(way)) for way in ("whole", "tiles")}
        function = {"pytorch sinkhorn, 2 threads": sinkhorn, "pytorch mira, 2 threads": mira}[name]
        return {"in place": (2, lambda: function(self.z, self.out))}

    def run(self, name, steps):
        ways = self.ways(name)
        if name not in self.chosen:
            # The fastest of three each, once and for all.
            best = {}
            for way, (threads, work) in ways.items():
                torch.set_num_threads(threads)
                extra = growth_during(work)
                best[way] = (min(timed(work) for _ in range(3)), extra)
            way = min(best, key=lambda way: best[way][0])
            self.chosen[name] = (way, best[way][1])
        way, extra = self.chosen[name]
        threads, work = ways[way]
        torch.set_num_threads(threads)
        work()
        return {"seconds": [timed(work) for _ in range(steps)], "extraBytes": extra, "formulation": way}


def main():
    work = json.loads(sys.argv[1])
    with torch.no_grad():
        contenders = Contenders(work["rows"], work["clusters"])
        print(json.dumps({"version": torch.__version__}), flush=True)
        for line in sys.stdin:
            turn = json.loads(line)
            print(json.dumps(contenders.run(turn["name"], turn["steps"])), flush=True)


try:
    main()
except Exception as error:
    print(json.dumps({"error": f"{type(error).__name__}: {error}"}), flush=True)
    raise
