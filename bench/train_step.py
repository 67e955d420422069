"""One training step of the method in PyTorch: the peer of `train-step.ts`, which starts this program.

Reads a description of the work as JSON from its first argument, then one line `{"steps": n}` at a time from
stdin, and answers each with a line of JSON. Learning rate, decay and momentum stay at their first values.
"""

import json
import math
import resource
import sys
import time

try:
    import torch
    import torch.nn.functional as F
except ImportError as error:
    print(json.dumps({"error": f"PyTorch does not load: {error}"}), flush=True)
    sys.exit(0)

from networks import Network

BATCHES = 4


class Balancer:
    """Explicit cluster balancing: running relative cluster sizes, and one affine map a cluster made of them."""

    def __init__(self, clusters, momentum, temperature):
        self.size = torch.full((clusters,), 1 / clusters)
        self.momentum = momentum
        self.temperature = temperature

    def assign(self, similarities):
        """Targets `[rows, K]` and labels `[rows]`; `similarities` is overwritten."""
        clusters = self.size.shape[0]
        ratio = clusters * self.size / self.size.sum()
        lower = 1 - (1 - ratio).clamp_min(0)
        higher = 1 - (1 - 1 / ratio).clamp_min(0)
        lower = torch.where(lower == 0, 1e-3 * torch.rand(clusters), lower)
        higher = torch.where(higher == 0, 1e-3 * torch.rand(clusters), higher)
        # 1 − (1 − z)·lower, then (1 + z)·higher − 1, as one map.
        z = similarities.mul_(lower * higher).add_((2 - lower) * higher - 1)
        largest = z.argmax(1, keepdim=True)
        z.scatter_(1, largest, 1.01 * z.gather(1, largest)).clamp_(-1, 1)
        targets = F.softmax(z.div_(self.temperature), 1)
        return targets, targets.argmax(1)

    def update(self, labels):
        counts = torch.bincount(labels, minlength=self.size.shape[0])
        self.size.lerp_(counts / labels.shape[0], 1 - self.momentum)


def cluster_loss(direct, predicted, targets, batch, temperature):
    """Mean cross-entropy over all terms: each teacher view with every other global view and every prediction."""
    targets = targets.view(-1, batch, targets.shape[1])
    views = targets.shape[0]
    both = targets.sum(0)
    of_globals = F.log_softmax(direct / temperature, 1).view_as(targets)
    of_all = F.log_softmax(predicted / temperature, 1).view(-1, *both.shape)
    terms = (of_globals * (both - targets)).sum() + (of_all * both).sum()
    return -terms / (views * (views - 1 + of_all.shape[0]) * batch)


def optimiser_of(student, work):
    """Biases and one-dimensional parameters have no weight decay, centroids their own."""
    decay = work["weightDecay"]
    groups = {0: [], decay: [], decay * work["centroidDecayFactor"]: []}
    for name, parameter in student.named_parameters():
        if name.startswith("classifier.centroid_layer."):
            own = decay * work["centroidDecayFactor"]
        else:
            own = 0 if name.endswith(".bias") or parameter.dim() <= 1 else decay
        groups[own].append(parameter)
    settings = [{"params": params, "weight_decay": own} for own, params in groups.items()]
    config = work["optimiser"]
    if config["name"] == "sgd":
        return torch.optim.SGD(settings, work["learningRate"], momentum=config["momentum"], fused=True)
    betas = (config["beta1"], config["beta2"])
    return torch.optim.AdamW(settings, work["learningRate"], betas, config["epsilon"], fused=True)


class Trainer:
    def __init__(self, work, start):
        self.work = work
        self.student, self.teacher = Network(work, student=True), Network(work, student=False)
        if start:
            self.student.load_state_dict(start)
        self.teacher.load_state_dict(self.student.state_dict())
        self.teacher.requires_grad_(False)
        if work["backbone"]["type"] == "resnet":
            # A tenth faster than channels first for ResNet-50.
            self.student.to(memory_format=torch.channels_last)
            self.teacher.to(memory_format=torch.channels_last)
        self.parameters = list(self.student.parameters())
        self.teacher_parameters = list(self.teacher.parameters())
        self.optimiser = optimiser_of(self.student, work)
        self.balancer = Balancer(work["clusters"], work["clusterMomentum"], work["teacherTemperature"])

    def step(self, global_views, local_views):
        with torch.no_grad():
            teacher = self.teacher
            targets, labels = self.balancer.assign(
                teacher.classifier.similarities(teacher.backbone(global_views))
            )
        student = self.student
        direct, predicted = student.classifier.student_similarities(
            student.backbone(global_views), student.backbone(local_views)
        )
        work = self.work
        loss = cluster_loss(direct, predicted, targets, work["batch"], work["studentTemperature"])
        loss.backward()
        self.optimiser.step()
        self.optimiser.zero_grad(set_to_none=True)
        with torch.no_grad():
            torch._foreach_lerp_(self.teacher_parameters, self.parameters, 1 - work["teacherMomentum"])
            self.balancer.update(labels)
        value = loss.item()
        if not math.isfinite(value):
            raise ArithmeticError(f"the loss became {value}")
        return value


def random_views(work):
    """Batches as a loader gives them, `[rows, side, side, 3]`."""
    views, batch = work["views"], work["batch"]
    shapes = [
        (views[count] * batch, views[side], views[side], 3)
        for count, side in (("globals", "globalSize"), ("locals", "localSize"))
    ]
    return [[torch.randn(shape) for shape in shapes] for _ in range(BATCHES)]


def read_safetensors(path):
    with open(path, "rb") as file:
        header = json.loads(file.read(int.from_bytes(file.read(8), "little")))
        data = bytearray(file.read())
    header.pop("__metadata__", None)
    types = {"F32": torch.float32, "I64": torch.int64}
    tensors = {}
    for name, entry in header.items():
        first, last = entry["data_offsets"]
        dtype = types[entry["dtype"]]
        values = torch.frombuffer(data, dtype=dtype, offset=first, count=(last - first) // dtype.itemsize)
        tensors[name] = values.view(entry["shape"])
    return tensors


def memory(field):
    """Bytes that the kernel counts for this process: VmRSS now, VmHWM at the peak."""
    try:
        with open("/proc/self/status") as file:
            return next(1024 * int(line.split()[1]) for line in file if line.startswith(field))
    except OSError:
        # No present size without /proc, and a peak in bytes on macOS only.
        unit = 1 if sys.platform == "darwin" else 1024
        return unit * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def main():
    options = json.loads(sys.argv[1])
    torch.set_num_threads(options["threads"])
    torch.manual_seed(0)
    work = options["work"]
    start = read_safetensors(options["start"]) if options.get("start") else {}
    batches = random_views(work)
    if start:
        batches = [[start.pop(f"views.{i}.{part}") for part in ("globals", "locals")] for i in range(BATCHES)]
        start.pop("classifier.centroid_layer.weight_g")
    batches = [[views.permute(0, 3, 1, 2) for views in batch] for batch in batches]
    trainer = Trainer(work, start)
    count = sum(parameter.numel() for parameter in trainer.parameters)
    print(json.dumps({"parameters": count, "version": torch.__version__}), flush=True)
    step = 0
    for line in sys.stdin:
        seconds, losses = [], []
        for _ in range(json.loads(line)["steps"]):
            before = time.perf_counter()
            losses.append(trainer.step(*batches[step % BATCHES]))
            seconds.append(time.perf_counter() - before)
            step += 1
        reply = {"seconds": seconds, "losses": losses, "resident": memory("VmRSS:"), "peak": memory("VmHWM:")}
        print(json.dumps(reply), flush=True)


try:
    main()
except Exception as error:
    print(json.dumps({"error": f"{type(error).__name__}: {error}"}), flush=True)
    raise
